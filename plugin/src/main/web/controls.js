import { byId, el } from "./dom.js";
import { rankAgain, toneOf } from "./results.js";
import { search } from "./searching.js";
import { active, isOff, keptSettings, view } from "./view.js";

/** Shows the settings in the form. */
export function showSettings() {
  const names = Object.keys(view.mappings);
  byId("index").replaceChildren(...names.map((name) => el("option", { value: name }, name)));
  byId("index").value = view.settings.index;
  byId("text").value = view.settings.text;
  for (const id of ["combination", "normalization", "window"]) {
    byId(id).value = view.settings[id];
  }
  byId("rerank").checked = view.settings.rerank;
  byId("times").checked = view.settings.times;
  byId("normalization").disabled = view.settings.combination === "rrf";
  byId("legs").replaceChildren(...view.legs.map(legControl));
  const kept = keptSettings();
  byId("forget").hidden = kept === null;
  byId("kept").textContent = kept === null ? "" : "Kept: " + inWords(kept);
}

/** Settings in a line. */
function inWords(some) {
  const weights = active(some).map((leg) => `${leg.label} ${some.weights[leg.field] ?? 1}`);
  const scale = some.combination === "rrf" ? [] : [some.normalization];
  const rerank = some.rerank ? ["reranked"] : [];
  return [weights.join(", "), some.combination, ...scale, ...rerank].join("; ");
}

function legControl(leg, i) {
  const weight = view.settings.weights[leg.field] ?? 1;
  const output = el("output", {}, weight.toFixed(2));
  const slider = el("input", {
    type: "range",
    min: 0.05,
    max: 3,
    step: 0.05,
    value: weight,
    "aria-label": `Weight of ${leg.label}`,
    "data-leg": leg.field,
    disabled: isOff(leg),
    input: () => {
      view.settings.weights[leg.field] = Number(slider.value);
      output.textContent = Number(slider.value).toFixed(2);
      rankAgain();
    },
    change: search,
  });
  const switched = () => {
    slider.disabled = !box.checked;
    toggle(leg);
  };
  const box = el("input", { type: "checkbox", checked: !isOff(leg), change: switched });
  const dot = el("span", { class: `dot ${toneOf(i)}` });
  const name = el("bdi", {}, leg.label.includes(leg.kind) ? leg.label : `${leg.label} (${leg.kind})`);
  return el("div", { class: "leg" }, el("label", {}, box, dot, name), output, slider);
}

function toggle(leg) {
  const off = new Set(view.settings.off ?? []);
  if (!off.delete(leg.field)) {
    off.add(leg.field);
  }
  view.settings.off = [...off];
  search();
}
