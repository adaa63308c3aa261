/**
 * An object with these properties and no others: where names come from outside, a field may be
 * called "constructor" or "__proto__", which every other object has.
 *
 * @param {Iterable<[string, any]>} entries
 */
export function bare(entries = []) {
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

/** Reads JSON as such objects. */
export function parse(json) {
  return JSON.parse(json, (key, value) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? bare(Object.entries(value))
      : value,
  );
}
