import { address, call, fetchJson } from "./api.js";
import { bare } from "./bare.js";

/**
 * The mappings by the names that a search can ask for: of indices, aliases and data streams. A name
 * of several indices has the mapping of the one that is written to, or else of the last by name.
 *
 * @returns {Promise<Object<string, {mappings: object}>>}
 */
export async function listIndices() {
  const [mappings, aliases, streams] = await Promise.all([
    allMappings(),
    call(["_alias"]).then(aliasedIndices).catch(nothing),
    call(["_data_stream"]).then(streamedIndices).catch(nothing),
  ]);
  const own = Object.keys(mappings).map((index) => [index, index]);
  return bare(
    [...own, ...aliases, ...streams]
      .filter(([name, index]) => !name.startsWith(".") && index in mappings)
      .sort(([a], [b]) => (a < b ? -1 : Number(a > b)))
      .map(([name, index]) => [name, mappings[index]]),
  );
}

/** Those of data streams' indices are hidden. */
function allMappings() {
  const all = address("_mapping");
  all.search = "expand_wildcards=open,hidden";
  return fetchJson(all);
}

/** Whoever may not ask for aliases or data streams still has the indices. */
function nothing() {
  return [];
}

/** Pairs of an alias and an index; an alias's last pair is the one that counts. */
function aliasedIndices(all) {
  const pairs = Object.entries(all).flatMap(([index, { aliases }]) =>
    Object.entries(aliases).map(([alias, { is_write_index: written }]) => ({
      alias,
      index,
      written: written === true,
    })),
  );
  pairs.sort((a, b) => a.written - b.written || (a.index < b.index ? -1 : 1));
  return pairs.map(({ alias, index }) => [alias, index]);
}

function streamedIndices(all) {
  return all.data_streams.map(({ name, indices }) => [name, indices.at(-1).index_name]);
}
