import { bare } from "./bare.js";
import { el, excerpt, short } from "./dom.js";
import { valueAt } from "./legs.js";
import { MARK } from "./request.js";

const SHOWN_CHARACTERS = 400;
const TITLES = ["title", "name", "headline", "subject"];

/**
 * Hits of a response as the page knows them.
 *
 * @returns {{key, id, index, place, title, source, highlight, passage, legs, first, reranked}[]}
 *     legs by name, each with rank, score and normalized score
 */
export function hitsOf(response, texts) {
  return response.hits.hits.map((hit, place) => {
    const entries = hit.fields?._fusion ?? [];
    const fusion = entries.find((entry) => !("cross_encoder" in entry.legs));
    const reranked = entries.find((entry) => "cross_encoder" in entry.legs);
    return {
      key: hit._index + " " + hit._id,
      id: hit._id,
      index: hit._index,
      place,
      title: titleOf(hit, texts),
      source: texts.map((field) => [field, textOf(valueAt(hit._source, field))]),
      highlight: Object.entries(hit.highlight ?? {}),
      passage: passageOf(hit),
      legs: fusion?.legs ?? bare(),
      score: hit._score,
      reranked,
    };
  });
}

function textOf(value) {
  return value == null ? "" : [value].flat(Infinity).map(String).join("\n");
}

function titleOf(hit, texts) {
  const field = TITLES.find((name) => texts.includes(name)) ?? texts[0];
  return excerpt(textOf(valueAt(hit._source, field)), 80).trim() || hit._id;
}

/** The best passage, marked. */
function passageOf(hit) {
  for (const inner of Object.values(hit.inner_hits ?? {})) {
    const best = inner.hits.hits[0];
    const marked = Object.values(best?.highlight ?? {})[0]?.[0];
    if (best) {
      return marked ?? textOf(best._source?.text);
    }
  }
  return null;
}

/** The best passage without marks, or the whole text. */
export function shownText(hit) {
  if (hit.passage) {
    return hit.passage.replaceAll(MARK.open, "").replaceAll(MARK.close, "");
  }
  return hit.source.map(([, text]) => text).join("\n");
}

/** A text with what a highlighter marked in it. */
function marked(text) {
  const parts = text.split(MARK.open).flatMap((part, i) => {
    const [inside, ...rest] = i === 0 ? ["", part] : part.split(MARK.close);
    return [inside === "" ? null : el("mark", {}, inside), rest.join("")];
  });
  return el("p", { dir: "auto", class: "text" }, ...parts);
}

/**
 * The stacked bar of the legs' shares in a hit's score.
 *
 * @param legs by name, with their share
 * @param {{field, label, tone}[]} known
 */
function barOf(legs, known) {
  const found = known.filter((leg) => legs[leg.field]);
  const percent = (leg) => Math.round(100 * legs[leg.field].share);
  const parts = found.map((leg) => {
    const part = el("span", { class: `part ${leg.tone}`, title: `${leg.label} ${percent(leg)} %` });
    part.style.width = 100 * legs[leg.field].share + "%";
    return part;
  });
  const label = found.map((leg) => `${leg.label} ${percent(leg)} %`).join(", ");
  return el("div", { class: "bar", role: "img", "aria-label": `Shares: ${label}` }, ...parts);
}

function tableOf(legs, known) {
  const head = ["leg", "rank", "score", "normalized", "weight", "share"];
  const rows = known.map((leg) => {
    const found = legs[leg.field];
    const cells = found
      ? [found.rank, ...[found.score, found.normalized, found.weight].map(short)]
      : ["–", "–", "–", "–"];
    const share = found ? Math.round(100 * found.share) + " %" : "–";
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, el("span", { class: `dot ${leg.tone}` }), leg.label),
      ...[...cells, share].map((cell) => el("td", {}, String(cell))),
    );
  });
  return el(
    "table",
    {},
    el("thead", {}, el("tr", {}, ...head.map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, ...rows),
  );
}

function heading(field) {
  return el("h5", {}, el("bdi", {}, field));
}

/** What a hit says: passages and highlights, or its texts. */
function contentOf(hit) {
  const shown = [];
  if (hit.passage) {
    shown.push(el("h5", {}, "best passage"), marked(hit.passage));
  }
  for (const [field, fragments] of hit.highlight) {
    shown.push(heading(field), ...fragments.map(marked));
  }
  const whole = hit.source.filter(([, text]) => text !== "");
  if (shown.length === 0) {
    shown.push(...whole.map(([, text]) => marked(excerpt(text, SHOWN_CHARACTERS))));
  }
  const texts = whole.flatMap(([field, text]) => [heading(field), marked(text)]);
  return [...shown, el("details", {}, el("summary", {}, "whole text"), ...texts)];
}

/**
 * A hit with everything that is known of it.
 *
 * @param entry {hit, rank, score, legs} as the ranking has it
 * @param known the legs
 * @param {Node[]} more what else stands in the card
 */
export function cardOf(entry, known, more) {
  const { hit } = entry;
  const scores = hit.reranked
    ? `fused ${short(entry.score)}, reranked ${short(hit.reranked.score)}`
    : `fused ${short(entry.score)}`;
  return el(
    "li",
    { class: "card", "data-card": hit.key, tabindex: "-1" },
    el(
      "header",
      {},
      el("span", { class: "rank" }, String(entry.rank)),
      el("h4", {}, el("bdi", {}, hit.title)),
      el("span", { class: "id" }, el("bdi", {}, hit.id), ` · ${scores}`),
    ),
    barOf(entry.legs, known),
    el(
      "div",
      { class: "wide", tabindex: "0", role: "group", "aria-label": "legs" },
      tableOf(entry.legs, known),
    ),
    ...contentOf(hit),
    ...more,
  );
}
