import { el, svg, short } from "./dom.js";

/** How many places a column shows. */
const SHOWN = 10;

/**
 * Rankings beside each other, with lines between the places of the same hit.
 *
 * @param {{title: string, note: string, tone: string, rows: {key, title, score}[]}[]} columns rows
 *     best first; null where the hit of a place is not here
 * @param {function(string)} choose what a click on a hit does, with its key
 */
export function columnsOf(columns, choose) {
  const places = Math.min(SHOWN, Math.max(...columns.map((column) => column.rows.length)));
  const parts = columns.flatMap((column, i) => {
    const list = columnOf(column, choose);
    return i === 0 ? [list] : [linesOf(columns[i - 1], column, places), list];
  });
  const whole = el("div", { class: "columns" }, ...parts);
  for (const type of ["pointerover", "focusin"]) {
    whole.addEventListener(type, (event) => light(whole, event.target));
  }
  whole.addEventListener("pointerleave", () => light(whole, whole));
  return whole;
}

function columnOf(column, choose) {
  const rows = column.rows.slice(0, SHOWN).map((row, i) => el("li", {}, placeOf(row, i, choose)));
  return el(
    "section",
    { class: "column", "aria-label": column.title },
    el(
      "header",
      { class: column.tone },
      el("h3", { title: column.title }, el("bdi", {}, column.title)),
      el("p", {}, column.note),
    ),
    el("ol", {}, ...rows),
  );
}

function placeOf(row, i, choose) {
  const rank = el("span", { class: "rank" }, String(i + 1));
  if (row == null) {
    return el("span", { class: "place", title: "Not among the hits of the fusion" }, rank, "–");
  }
  return el(
    "button",
    { type: "button", class: "place", "data-key": row.key, click: () => choose(row.key) },
    rank,
    el("bdi", { class: "name" }, row.title),
    el("span", { class: "score" }, short(row.score)),
  );
}

function linesOf(left, right, places) {
  const place = new Map(right.rows.slice(0, SHOWN).map((row, i) => [row?.key, i]));
  const lines = left.rows.slice(0, SHOWN).flatMap((row, i) => {
    const to = row == null ? undefined : place.get(row.key);
    return to === undefined
      ? []
      : [
          svg("path", {
            d: `M0 ${i + 0.5} C5 ${i + 0.5} 5 ${to + 0.5} 10 ${to + 0.5}`,
            "data-key": row.key,
          }),
        ];
  });
  const box = { viewBox: `0 0 10 ${places}`, preserveAspectRatio: "none", "aria-hidden": "true" };
  const drawing = svg("svg", { class: "lines", ...box }, ...lines);
  drawing.style.setProperty("--places", places);
  return drawing;
}

/** Lights up one hit in all columns. */
function light(whole, target) {
  const key = target.closest("[data-key]")?.dataset.key;
  for (const part of whole.querySelectorAll("[data-key]")) {
    part.classList.toggle("lit", part.dataset.key === key);
  }
}
