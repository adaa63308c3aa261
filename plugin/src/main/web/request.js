import { textFields } from "./legs.js";
import { address } from "./api.js";

/** Around what a highlighter marks: characters of private use, which are no HTML. */
export const MARK = { open: "\ue000", close: "\ue001" };

const FRAGMENTS = { pre_tags: [MARK.open], post_tags: [MARK.close] };

/** The query of a leg. */
function queryOf(leg, text) {
  const encoded = leg.model ? { text, model: leg.model } : { text };
  const query = {
    words: { match: { [leg.field]: text } },
    sparse: { learned_sparse: { [leg.field]: encoded } },
    dense: { dense: { [leg.field]: encoded } },
    tokens: { max_sim: { [leg.field]: { ...encoded, candidates: 1000 } } },
  }[leg.kind];
  return leg.path === null ? query : { top_passages: { path: leg.path, query, ...passages(leg) } };
}

/** The best passage of a leg's hits, marked where the leg can mark it. */
function passages(leg) {
  if (leg.kind !== "tokens") {
    return {};
  }
  const text = leg.path + ".text";
  const field = { type: "max_sim", number_of_fragments: 0, options: { tokens: leg.field } };
  const highlight = { ...FRAGMENTS, fields: { [text]: field } };
  return { inner_hits: { name: leg.field, size: 1, _source: [text], highlight } };
}

/** The fusion of some legs, as the settings ask for it. */
function fusionOf(settings, legs) {
  const fusion = {
    legs: legs.map((leg) => ({
      name: leg.field,
      weight: settings.weights[leg.field] ?? 1,
      query: queryOf(leg, settings.text),
    })),
    combination: settings.combination,
    window: settings.window,
  };
  const scale = settings.combination === "rrf" ? "rank_constant" : "normalization";
  fusion[scale] = settings[scale];
  return fusion;
}

/** The search that the settings ask for. */
export function searchOf(settings, legs, allLegs) {
  const texts = textFields(allLegs);
  const fields = Object.fromEntries(
    texts.map((field) => [field, { type: "unified", number_of_fragments: 2, fragment_size: 240 }]),
  );
  const search = {
    size: settings.window,
    _source: texts,
    query: { fusion: { scores: true, ...fusionOf(settings, legs) } },
    highlight: { ...FRAGMENTS, fields },
  };
  if (settings.rerank) {
    search.ext = { cross_encoder: { query: settings.text, field: texts, window: 20 } };
  }
  if (settings.times) {
    search.profile = true;
  }
  return search;
}

/** The same search without what only a reader wants to see, for _rank_eval. */
export function bareSearchOf(settings, legs, allLegs) {
  const { query, ext } = searchOf(settings, legs, allLegs);
  return { query: { fusion: { ...query.fusion, scores: false } }, ...(ext && { ext }) };
}

/** A command that sends a search from a shell. */
export function curlOf(index, search) {
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  return [
    `curl -X POST ${quoted(address(index, "_search").href)}`,
    `-H 'Content-Type: application/json' -d ${quoted(search)}`,
  ].join(" \\\n  ");
}
