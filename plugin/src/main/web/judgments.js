import { bare, parse } from "./bare.js";

const KEY = "trident-judgments";

/** Queries are fitted in as many parts, if there are so many. */
const MAX_FOLDS = 5;

/**
 * What a reader said of hits: grades by what was searched, query and key of the hit. They stay in
 * this browser.
 *
 * @returns {Object<string, Object<string, Object<string, number>>>}
 */
export function readJudgments() {
  try {
    return parse(localStorage.getItem(KEY)) ?? bare();
  } catch {
    return bare();
  }
}

function writeJudgments(judgments) {
  try {
    localStorage.setItem(KEY, JSON.stringify(judgments));
  } catch {
    // a browser that keeps nothing: they last as long as the page
  }
}

/** The grades of a query by the key of the hit. */
export function gradesOf(judgments, { index, text }) {
  return judgments[index]?.[text] ?? bare();
}

/** Gives a document a grade, or takes it back when it has that one. */
export function judge(judgments, { index, text }, key, grade) {
  const grades = ((judgments[index] ??= bare())[text] ??= bare());
  if (grades[key] === grade) {
    delete grades[key];
  } else {
    grades[key] = grade;
  }
  if (Object.keys(grades).length === 0) {
    delete judgments[index][text];
  }
  writeJudgments(judgments);
}

/** Queries of an index with their grades. */
function judged(judgments, index) {
  return Object.entries(judgments[index] ?? {});
}

/** The index that has a hit, which an alias may search under another name, and the hit's id. */
function partsOf(key) {
  const space = key.indexOf(" ");
  return [key.slice(0, space), key.slice(space + 1)];
}

/** The judgments of an index as qrels.tsv and queries.jsonl of BEIR. */
export function qrelsOf(judgments, index) {
  const lines = judged(judgments, index).flatMap(([, grades], i) =>
    Object.entries(grades).map(([key, grade]) => [`q${i + 1}`, partsOf(key)[1], grade].join("\t")),
  );
  return ["query-id\tcorpus-id\tscore", ...lines, ""].join("\n");
}

/** The queries of an index, a line of JSON for each. */
export function queriesOf(judgments, index) {
  const lines = judged(judgments, index).map(([text], i) =>
    JSON.stringify({ _id: `q${i + 1}`, text }),
  );
  return [...lines, ""].join("\n");
}

/** A rating as the node's APIs have it. */
function ratingOf([key, rating]) {
  const [_index, _id] = partsOf(key);
  return { _index, _id, rating };
}

/**
 * A request that fits a fusion to all judged queries of an index.
 *
 * @param {object} query the fusion, with a placeholder for the text
 */
export function fitOf(judgments, index, query) {
  const queries = judged(judgments, index);
  const folds = Math.max(2, Math.min(MAX_FOLDS, queries.filter(hasRelevant).length));
  return {
    index,
    query,
    judgments: queries.map(([text, grades]) => ({
      query: text,
      ratings: Object.entries(grades).map(ratingOf),
    })),
    folds,
  };
}

function hasRelevant([, grades]) {
  return Object.values(grades).some((grade) => grade > 0);
}

/**
 * A request of _rank_eval over all judged queries of an index.
 *
 * @param {function(string): object} search the search for a text
 */
export function rankEvalOf(judgments, index, search) {
  const requests = judged(judgments, index).map(([text, grades], i) => ({
    id: `q${i + 1}`,
    request: search(text),
    ratings: Object.entries(grades).map(ratingOf),
  }));
  return { requests, metric: { dcg: { k: 10, normalize: true } } };
}
