import { el } from "./dom.js";

const INSIDE_OF_LEG = "leg [";
const BETWEEN = "] [";

/**
 * How long each stage took, and what of it was pruned, where the request asked for a profile.
 *
 * @param response of the search
 * @returns {Node[]}
 */
export function stagesOf(response) {
  const legs = response.ext?.fusion?.legs ?? [];
  if (legs.length === 0) {
    return [];
  }
  const work = workOf(response.profile?.shards ?? []);
  const stages = legs.map((leg) => [leg.name, leg.took, work.get(leg.name)]);
  if (response.ext.cross_encoder) {
    stages.push(["cross-encoder", response.ext.cross_encoder.took]);
  }
  stages.push(["whole search", response.took]);
  return stages.map((stage) => stageOf(stage, Math.max(response.took, 1)));
}

function stageOf([name, took, work], whole) {
  const bar = el("span", { class: "part" });
  bar.style.width = (100 * took) / whole + "%";
  const pruned = work?.blocks > 0 ? el("span", { class: "work" }, inWordsOfWork(work)) : null;
  const time = el("span", {}, `${took} ms`);
  return el("div", { class: "stage" }, el("span", {}, name), bar, time, pruned);
}

function inWordsOfWork({ scored, blocks, cells, documents }) {
  return `scored ${scored} of ${blocks} blocks, ${cells} cells, ${documents} documents`;
}

/** What the learned_sparse queries of each leg did, on all shards together. */
function workOf(shards) {
  const work = new Map();
  for (const { id, searches } of shards) {
    const leg = legOf(id);
    work.set(leg, work.get(leg) ?? { blocks: 0, scored: 0, cells: 0, documents: 0 });
    searches.forEach((search) => addWork(search.query, work.get(leg)));
  }
  return work;
}

/** The leg that a shard was searched for, as ext.fusion names it: "leg [a] leg [b] [node]…". */
function legOf(id) {
  const end = id.lastIndexOf(BETWEEN);
  return id.startsWith(INSIDE_OF_LEG) && end > 0
    ? id.slice(INSIDE_OF_LEG.length, end).replaceAll("] " + INSIDE_OF_LEG, "/")
    : null;
}

/** Adds what queries and those inside of them did. */
function addWork(queries, sum) {
  for (const { breakdown, children } of queries) {
    sum.blocks += breakdown.impact_blocks ?? 0;
    sum.scored += breakdown.impact_blocks_scored ?? 0;
    sum.cells += breakdown.impact_cells ?? 0;
    sum.documents += breakdown.impact_documents ?? 0;
    addWork(children ?? [], sum);
  }
}
