import { columnsOf } from "./columns.js";
import { byId, el, short } from "./dom.js";
import { showExport } from "./evaluation.js";
import { cardOf } from "./hits.js";
import { gradesOf, judge } from "./judgments.js";
import { fuse, ndcg } from "./ranking.js";
import { stagesOf } from "./stages.js";
import { CARDS, active, view } from "./view.js";
import { whyOf } from "./why.js";

const TONES = 8;

/** The color of a leg by its place among those of the index. */
export const toneOf = (place) => "leg-" + (place % TONES);

/** The legs of the last answer, with a color each. */
function known() {
  return view.answer.names.map((name, i) => {
    const place = view.legs.findIndex((leg) => leg.field === name);
    const label = view.legs[place]?.label ?? name;
    return { field: name, label, tone: toneOf(place < 0 ? i : place) };
  });
}

/** Shows no hits. */
export function clear() {
  view.answer = null;
  byId("results").setAttribute("aria-busy", "false");
  byId("status").textContent = "";
  byId("rankings").hidden = true;
  byId("found").hidden = true;
  problem("");
}

/** Says what went wrong; nothing when it is empty. */
export function problem(text) {
  byId("problem").textContent = text;
}

/** Orders the hits that are here by settings that the node has not been asked about yet. */
export function rankAgain() {
  if (view.answer !== null && !view.answer.edited) {
    view.answer.ahead = true;
    show();
  }
}

/** The hits by their fused score; as the node gave them when the request was the reader's own. */
function ranking() {
  const { hits, names, edited, normalization } = view.answer;
  if (edited) {
    return hits.map((hit, i) => ({ hit, rank: i + 1, score: hit.score, legs: hit.legs }));
  }
  return fuse(hits, names, view.settings, normalization);
}

const rowOf = (hit, score) => ({ key: hit.key, title: hit.title, score });

function legColumn(leg) {
  const rows = [];
  for (const hit of view.answer.hits) {
    const found = hit.legs[leg.field];
    if (found) {
      rows[found.rank - 1] = rowOf(hit, found.score);
    }
  }
  return { title: leg.label, tone: leg.tone, rows: Array.from(rows, (row) => row ?? null) };
}

function allColumns(ranked) {
  const columns = known().map(legColumn).filter((column) => column.rows.length > 0);
  if (view.answer.keptOnes.length > 0) {
    columns.push({ title: "kept", rows: view.answer.keptOnes.map((hit) => rowOf(hit, hit.score)) });
  }
  const fused = ranked.map((entry) => rowOf(entry.hit, entry.score));
  columns.push({ title: view.answer.edited ? "hits" : "fusion", rows: fused });
  const reranked = view.answer.hits.filter((hit) => hit.reranked);
  if (reranked.length > 0 && !view.answer.ahead) {
    const rows = reranked.map((hit) => rowOf(hit, hit.reranked.score));
    columns.push({ title: "reranked", rows });
  }
  return columns.map((column) => ({ tone: "", ...column, note: gainOf(column.rows) }));
}

/** How good a ranking is by what the reader said of its hits. */
function gainOf(rows) {
  const gain = ndcg(
    rows.map((row) => row?.key),
    gradesOf(view.judgments, view.settings),
  );
  return gain === null ? "" : `nDCG@10 ${short(gain)}`;
}

/** Shows the last answer by the present settings. */
export function show() {
  const ranked = ranking();
  byId("rankings").hidden = false;
  byId("found").hidden = ranked.length === 0;
  showColumns(ranked);
  byId("stages").replaceChildren(...stagesOf(view.answer.response));
  showCards(ranked);
}

function showColumns(ranked) {
  byId("columns").replaceChildren(columnsOf(allColumns(ranked), goTo));
}

/** Cards in the order of the page that the reader would get. */
function showCards(ranked) {
  const reranked = view.settings.rerank && !view.answer.ahead && !view.answer.edited;
  const order = reranked ? [...ranked].sort((a, b) => a.hit.place - b.hit.place) : ranked;
  const shown = order.slice(0, view.cards);
  byId("hits").replaceChildren(...shown.map((entry) => cardOf(entry, known(), moreOf(entry.hit))));
  byId("more").hidden = order.length <= view.cards;
}

function moreOf(hit) {
  const grade = gradesOf(view.judgments, view.settings)[hit.key];
  const thumb = (value, label) =>
    el(
      "button",
      {
        type: "button",
        "data-grade": value,
        "aria-pressed": String(grade === value),
        click: () => gradeHit(hit, value),
      },
      label,
    );
  const thumbs = [thumb(1, "Relevant"), thumb(0, "Not relevant")];
  return [whyOf(hit, view.settings.text, active()), el("div", { class: "thumbs" }, ...thumbs)];
}

/** Notes what the reader says of a hit, and shows what it makes of the rankings. */
function gradeHit(hit, grade) {
  judge(view.judgments, view.settings, hit.key, grade);
  const now = gradesOf(view.judgments, view.settings)[hit.key];
  for (const button of cardFor(hit.key).querySelectorAll("[data-grade]")) {
    button.setAttribute("aria-pressed", String(button.dataset.grade === String(now)));
  }
  showColumns(ranking());
  showExport();
}

function cardFor(key) {
  return [...byId("hits").children].find((child) => child.dataset.card === key);
}

/** Goes to the card of a hit, when it is still here. */
export function goTo(key) {
  if (view.answer === null) {
    return;
  }
  const ranked = ranking();
  view.cards = Math.max(view.cards, ranked.length);
  showCards(ranked);
  const card = cardFor(key);
  card?.focus();
  card?.scrollIntoView({ block: "center" });
}

/** Shows the hits that come next. */
export function showMore() {
  view.cards += CARDS;
  show();
}
