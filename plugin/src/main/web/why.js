import { el, short } from "./dom.js";
import { defaultEncoder, encode } from "./encoder.js";
import { shownText } from "./hits.js";
import { nearest } from "./nearness.js";
import { weightsOf } from "./weights.js";

const SHOWN_SHARED = 15;

/**
 * What of a hit's text answered which word of the query, looked up when a reader opens it: the
 * encoder is asked for both texts, with vectors as they are before an index rounds them.
 *
 * @param hit
 * @param {string} query
 * @param legs those that the index offers
 */
export function whyOf(hit, query, legs) {
  const content = el("div", {}, el("p", {}, "Encoding …"));
  const details = el(
    "details",
    {
      toggle: () => {
        if (details.open && details.dataset.asked === undefined) {
          details.dataset.asked = "";
          explain(hit, query, legs)
            .then((parts) => content.replaceChildren(...parts))
            .catch((error) => content.replaceChildren(el("p", { class: "error" }, error.message)));
        }
      },
    },
    el("summary", {}, "which words met"),
    content,
  );
  return details;
}

async function explain(hit, query, legs) {
  const encoders = legs.filter((leg) => leg.kind !== "words");
  if (encoders.length === 0) {
    return [el("p", {}, "This index has no vectors.")];
  }
  const model = encoders.find((leg) => leg.model)?.model ?? (await defaultEncoder());
  const text = shownText(hit);
  const [[asked], [found]] = await Promise.all([
    encode(model, [query], "query"),
    encode(model, [text], "document"),
  ]);
  const parts = [el("p", { class: "quiet" }, `by ${model}`)];
  if (asked.tokens?.length && found.tokens?.length) {
    parts.push(el("h5", {}, "tokens: what of the text is nearest to each word of the query"));
    parts.push(maxSimOf(asked.tokens, found.tokens, text));
  }
  if (asked.sparse && found.sparse) {
    parts.push(el("h5", {}, "sparse: shared tokens by what they add"));
    parts.push(sharedOf(asked.sparse, found.sparse));
    parts.push(el("h5", {}, "sparse: weights of the query"), weightsOf(asked.sparse));
  }
  return parts;
}

/** Words of the query above the text; what answered is colored, and told of on the word. */
function maxSimOf(asked, found, text) {
  const matches = nearest(asked, found);
  const words = matches.map(({ token, best, near }) =>
    el(
      "button",
      { type: "button", class: "piece", "data-best": best },
      el("bdi", {}, token.text || "·"),
      ` ${short(near)}`,
    ),
  );
  const whole = el("div", {}, el("div", {}, ...words), coloredOf(matches, found, text));
  for (const type of ["pointerover", "focusin"]) {
    whole.addEventListener(type, (event) => {
      const best = event.target.closest("[data-best]")?.dataset.best;
      for (const part of whole.querySelectorAll("[data-best]")) {
        part.classList.toggle("lit", part.dataset.best === best);
      }
    });
  }
  return whole;
}

function coloredOf(matches, found, text) {
  const strength = new Map();
  for (const { best, near } of matches) {
    strength.set(best, Math.max(near, strength.get(best) ?? 0));
  }
  const parts = [];
  let from = 0;
  found.forEach((token, i) => {
    if (strength.has(i) && token.start >= from) {
      const part = el("mark", { "data-best": i }, text.slice(token.start, token.end));
      part.style.setProperty("--near", Math.round(100 * Math.min(1, strength.get(i))) + "%");
      parts.push(text.slice(from, token.start), part);
      from = token.end;
    }
  });
  return el("p", { dir: "auto", class: "text met" }, ...parts, text.slice(from));
}

/** Tokens that both sides have, with weights and products. */
function sharedOf(asked, found) {
  const shared = Object.entries(asked)
    .filter(([token]) => token in found)
    .map(([token, weight]) => [token, weight, found[token], weight * found[token]])
    .sort((a, b) => b[3] - a[3]);
  if (shared.length === 0) {
    return el("p", {}, "none");
  }
  const cells = ([token, ...numbers]) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, el("bdi", {}, token)),
      ...numbers.map((number) => el("td", {}, short(number))),
    );
  const columns = ["token", "query", "text", "product"];
  const head = columns.map((name) => el("th", { scope: "col" }, name));
  return el(
    "table",
    {},
    el("thead", {}, el("tr", {}, ...head)),
    el("tbody", {}, ...shared.slice(0, SHOWN_SHARED).map(cells)),
  );
}
