import { el, short } from "./dom.js";

const SHOWN_TOKENS = 40;

/**
 * Tokens with their weights, the heaviest first, as bars.
 *
 * @param {Object<string, number>} sparse
 * @param {function(string): string} note what else is said of a token
 */
export function weightsOf(sparse, note = () => "") {
  const all = Object.entries(sparse);
  const most = Math.max(...all.map(([, weight]) => weight));
  const rows = all.slice(0, SHOWN_TOKENS).map(([token, weight]) => {
    const bar = el("span", { class: "part" });
    bar.style.width = (100 * weight) / most + "%";
    const name = el("span", {}, el("bdi", {}, token), el("small", {}, note(token)));
    return el("div", { class: "stage" }, name, bar, el("span", {}, short(weight)));
  });
  const more = all.length - rows.length;
  return el("div", {}, ...rows, more > 0 ? el("p", {}, `and ${more} more tokens`) : null);
}
