/** More legs than this a fusion does not take. */
export const MAX_LEGS = 16;

const VECTORS = { impact_vector: "sparse", dense_vector: "dense", token_vectors: "tokens" };
const WORDS = ["text", "match_only_text", "neural_text"];

/**
 * A way to search an index by a text.
 *
 * @typedef {object} Leg
 * @property {string} field the field, which is the leg's name, too
 * @property {string} label a name for people
 * @property {"words"|"sparse"|"dense"|"tokens"} kind
 * @property {?string} path the nested objects that the field is in
 * @property {?string} model the encoder, where the mapping names it
 */

/**
 * The legs that the mapping of an index offers.
 *
 * @param {object} mapping "mappings" of the index
 * @returns {Leg[]}
 */
export function legsOf(mapping) {
  const legs = [];
  collect(mapping?.properties ?? {}, "", null, null, legs);
  return legs;
}

function collect(properties, prefix, path, model, legs) {
  for (const [name, field] of Object.entries(properties)) {
    const full = prefix + name;
    const kind = WORDS.includes(field.type) ? "words" : VECTORS[field.type];
    if (kind && field.index !== false) {
      legs.push({ field: full, label: labelOf(full), kind, path, model });
    }
    if (field.properties) {
      const source = properties[name.replace(/_neural$/, "")];
      const ownModel = source?.type === "neural_text" ? source.model : model;
      const nested = field.type === "nested" ? full : path;
      collect(field.properties, full + ".", nested, ownModel, legs);
    }
  }
}

function labelOf(field) {
  return field.replace("_neural.passages.", " · ");
}

/** The fields of a hit that are shown and searched by words. */
export function textFields(legs) {
  return legs.filter((leg) => leg.kind === "words" && leg.path === null).map((leg) => leg.field);
}

/** The field of an object by its name with dots. */
export function valueAt(source, field) {
  if (source == null || field in source) {
    return source?.[field];
  }
  const dot = field.indexOf(".");
  return dot < 0 ? undefined : valueAt(source[field.slice(0, dot)], field.slice(dot + 1));
}
