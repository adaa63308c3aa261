import { call } from "./api.js";
import { byId, el, short } from "./dom.js";
import { defaultEncoder, encode } from "./encoder.js";
import { shownText } from "./hits.js";
import { cosine, lengthOf, neighborsOf } from "./nearness.js";
import { goTo } from "./results.js";
import { view } from "./view.js";
import { weightsOf } from "./weights.js";

/** Among how many hits neighbors are looked for, and how many are shown. */
const SEARCHED_HITS = 10;
const SHOWN_NEIGHBORS = 4;

/** What tokenizers put before a piece that begins or continues a word. */
const BORDER = /^(##|\u0120|\u2581)/;

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

/** Shows what the chosen model makes of the text of the panel, and what of the hits is near. */
export async function showEncoding() {
  const model = byId("encode-model").value;
  const text = byId("encode-text").value;
  const hits = view.answer?.hits.slice(0, SEARCHED_HITS) ?? [];
  const [[own], found] = await Promise.all([
    encode(model, [text], byId("encode-side").value),
    hits.length === 0 ? [] : encode(model, hits.map(shownText), "document"),
  ]);
  const beside = found.map((encoding, i) => ({ ...encoding, hit: hits[i] }));
  byId("encoding").replaceChildren(
    ...(own.sparse ? sparsePart(own.sparse, text) : []),
    ...(own.tokens ? tokensPart(own.tokens, beside) : []),
    ...(own.dense ? densePart(own.dense, beside) : []),
    el("p", { class: "quiet" }, scopeOf(hits)),
  );
}

function scopeOf(hits) {
  return hits.length === 0
    ? "Search first: neighbors are looked for among the hits."
    : `Neighbors are from the first ${hits.length} hits: of each its best passage, or its text as far as the model reads.`;
}

function sparsePart(sparse, text) {
  const written = plain(text);
  const isAdded = (token) => !written.includes(plain(token.replace(BORDER, "")));
  const tokens = Object.keys(sparse);
  const added = tokens.filter(isAdded).length;
  return [
    el("h3", {}, `sparse: ${tokens.length} tokens, ${added} of them not in the text`),
    weightsOf(sparse, (token) => (isAdded(token) ? " added" : "")),
  ];
}

/** A text without the differences that tokenizers take away. */
function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

function tokensPart(tokens, beside) {
  const dimensions = tokens[0]?.vector.length ?? 0;
  const title = `token vectors: ${tokens.length} of ${dimensions} dimensions`;
  const rows = tokens.map((token) => {
    const near = neighborsOf(token, beside, SHOWN_NEIGHBORS).map(({ word, hit, near }) =>
      hitButton(word, near, hit),
    );
    return el("li", {}, el("bdi", { class: "piece own" }, token.text || "·"), ...near);
  });
  return [el("h3", {}, title), el("ul", { class: "neighbors" }, ...rows)];
}

/** What goes to a hit. */
function hitButton(name, near, hit) {
  const options = { type: "button", class: "piece", title: hit.title, click: () => goTo(hit.key) };
  return el("button", options, el("bdi", {}, name), ` ${short(near)}`);
}

function densePart(dense, beside) {
  const start = dense.slice(0, 8).map(short).join(", ");
  const near = beside
    .map(({ dense: other, hit }) => ({ hit, near: cosine(dense, other) }))
    .sort((a, b) => b.near - a.near)
    .slice(0, SHOWN_NEIGHBORS)
    .map(({ hit, near }) => el("li", {}, hitButton(hit.title, near, hit)));
  return [
    el("h3", {}, `dense: ${dense.length} dimensions, length ${short(lengthOf(dense))}`),
    el("p", {}, start + ", …"),
    ...(near.length > 0 ? [el("p", {}, "nearest hits, by cosine"), el("ol", {}, ...near)] : []),
  ];
}
