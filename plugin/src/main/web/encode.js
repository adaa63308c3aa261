import { address, call, fetchJson } from "./api.js";
import { byId, el, short } from "./dom.js";

const SHOWN_TOKENS = 40;

/** The encoder of queries and fields that name none. */
export async function defaultEncoder() {
  const settings = address("_cluster", "settings");
  settings.search = "include_defaults=true&filter_path=*.trident.default_encoder";
  const all = await fetchJson(settings);
  return [all.transient, all.persistent, all.defaults]
    .map((some) => some?.trident?.default_encoder)
    .find(Boolean);
}

/**
 * What a model makes of a text.
 *
 * @param {string} model
 * @param {string} text
 * @param {"query"|"document"} side
 * @returns {Promise<{sparse, dense, tokens}>} as far as the model gives them
 */
export async function encode(model, text, side) {
  const path = ["_plugins", "_trident", "models", model, "_encode"];
  const answer = await call(path, { texts: [text], side });
  return answer.encodings[0];
}

/** Tokens with their weights, the heaviest first, as bars. */
export function weightsOf(sparse) {
  const all = Object.entries(sparse);
  const most = Math.max(...all.map(([, weight]) => weight));
  const rows = all.slice(0, SHOWN_TOKENS).map(([token, weight]) => {
    const bar = el("span", { class: "part" });
    bar.style.width = (100 * weight) / most + "%";
    return el("div", { class: "stage" }, el("bdi", {}, token), bar, el("span", {}, short(weight)));
  });
  const more = all.length - rows.length;
  return el("div", {}, ...rows, more > 0 ? el("p", {}, `and ${more} more tokens`) : null);
}

/** Fills the list of models, once. */
export async function listModels() {
  const list = byId("encode-model");
  if (list.options.length > 0) {
    return;
  }
  const [answer, preferred] = await Promise.all([
    call(["_plugins", "_trident", "models"]),
    defaultEncoder(),
  ]);
  const encoders = answer.models.filter((model) => model.kind === "encoder" && !model.problem);
  list.replaceChildren(...encoders.map((model) => el("option", {}, model.id)));
  list.value = preferred;
}

/** Shows what the chosen model makes of the text of the panel. */
export async function showEncoding() {
  const { sparse, dense, tokens } = await encode(
    byId("encode-model").value,
    byId("encode-text").value,
    byId("encode-side").value,
  );
  const parts = [];
  if (sparse) {
    parts.push(el("h3", {}, `sparse: ${Object.keys(sparse).length} tokens`), weightsOf(sparse));
  }
  if (tokens) {
    const pieces = tokens.map((token) => el("bdi", { class: "piece" }, token.text || "·"));
    const dimensions = tokens[0]?.vector.length ?? 0;
    parts.push(el("h3", {}, `token vectors: ${tokens.length} of ${dimensions} dimensions`));
    parts.push(el("p", {}, ...pieces));
  }
  if (dense) {
    const length = Math.sqrt(dense.reduce((sum, x) => sum + x * x, 0));
    const start = dense.slice(0, 8).map(short).join(", ");
    parts.push(el("h3", {}, `dense: ${dense.length} dimensions, length ${short(length)}`));
    parts.push(el("p", {}, start + ", …"));
  }
  byId("encoding").replaceChildren(...parts);
}
