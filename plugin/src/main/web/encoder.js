import { address, call, fetchJson } from "./api.js";

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
 * What a model makes of texts.
 *
 * @param {string} model
 * @param {string[]} texts
 * @param {"query"|"document"} side
 * @returns {Promise<{sparse, dense, tokens}[]>} one per text, as far as the model gives them
 */
export async function encode(model, texts, side) {
  const path = ["_plugins", "_trident", "models", model, "_encode"];
  return (await call(path, { texts, side })).encodings;
}
