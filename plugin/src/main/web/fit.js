import { call, put } from "./api.js";
import { showSettings } from "./controls.js";
import { byId, el, short } from "./dom.js";
import { fitOf } from "./judgments.js";
import { bareSearchOf } from "./request.js";
import { problem } from "./results.js";
import { search } from "./searching.js";
import { active, view } from "./view.js";

const FUSION = ["_plugins", "_trident", "fusion"];

/** Where a weight no longer fits on its slider, all are made smaller: their ratios count. */
const MAX_WEIGHT = 3;

/** Asks the node for settings that are better on the judged queries, and shows them. */
export async function fit() {
  byId("fitted").replaceChildren(el("p", {}, "Fitting …"));
  byId("fit").disabled = true;
  try {
    const { index } = view.settings;
    const { query } = bareSearchOf({ ...view.settings, text: "{{query}}" }, active(), view.legs);
    const answer = await call([...FUSION, "_fit"], fitOf(view.judgments, index, query));
    byId("fitted").replaceChildren(...resultOf(answer, index));
  } catch (error) {
    byId("fitted").replaceChildren(el("p", { class: "error" }, error.message));
  } finally {
    byId("fit").disabled = false;
  }
}

function resultOf(answer, index) {
  const { settings } = answer.fitted;
  const take = () => takeSettings(settings, index);
  return [
    el("p", {}, inWordsOfFit(answer)),
    comparison(answer),
    el("div", { class: "options" }, el("button", { type: "button", click: take }, "Take these")),
    storing(settings),
  ];
}

/** How sure it is that the fitted settings are better. */
function inWordsOfFit({ queries, folds, better, worse, p_value: chance, recommended, fitted }) {
  const unused = queries.judged - queries.used;
  return [
    `Fitted to ${queries.used} judged queries; each is measured in one of ${folds} parts, by settings that were fitted to the other parts.`,
    unused > 0 ? `${unused} without a relevant hit told nothing.` : "",
    `Ranked better: ${better}, worse: ${worse}; the probability that chance alone does as much is ${short(chance)}.`,
    recommended
      ? "The fitted settings are better."
      : "That they are better is not certain: judge more queries.",
    `On the queries that they were fitted to, they reach ${short(fitted.training_value)}.`,
  ]
    .filter(Boolean)
    .join(" ");
}

function comparison({ present, fitted }) {
  const rows = [
    ["nDCG@10", short(present.value), short(fitted.value)],
    ...["normalization", "rank_constant", "window"]
      .filter((name) => name in fitted.settings)
      .map((name) => [name, present.settings[name], fitted.settings[name]]),
    ...fitted.settings.legs.map(({ name, weight }, i) => [
      `weight of ${view.legs.find((leg) => leg.field === name)?.label ?? name}`,
      short(present.settings.legs[i].weight),
      short(weight),
    ]),
  ];
  const head = ["", "present", "fitted"].map((name) => el("th", { scope: "col" }, name));
  const body = rows.map(([name, ...values]) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, el("bdi", {}, name)),
      ...values.map((value) => el("td", {}, String(value))),
    ),
  );
  return el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...body));
}

/** Puts fitted settings into the form, and searches with them. */
function takeSettings(fitted, index) {
  if (index !== view.settings.index) {
    problem(`These settings were fitted to [${index}].`);
    return;
  }
  const most = Math.max(...fitted.legs.map(({ weight }) => weight));
  const scale = Math.min(1, MAX_WEIGHT / most);
  for (const { name, weight } of fitted.legs) {
    view.settings.weights[name] = Number((scale * weight).toPrecision(3));
  }
  for (const name of ["normalization", "rank_constant", "window"]) {
    view.settings[name] = fitted[name] ?? view.settings[name];
  }
  showSettings();
  search();
}

/** Stores settings as a profile, when the reader gives them a name. */
function storing(settings) {
  const name = el("input", { type: "text", required: true, maxlength: 100, spellcheck: "false" });
  const said = el("p", { role: "status" });
  const store = async (event) => {
    event.preventDefault();
    try {
      await put([...FUSION, "profiles", name.value], settings);
      said.textContent = `Stored. A fusion with these legs uses it by "profile": "${name.value}".`;
    } catch (error) {
      said.textContent = error.message;
    }
  };
  const label = el("label", {}, "Name of a profile ", name);
  return el(
    "form",
    { submit: store },
    el("div", { class: "options" }, label, el("button", {}, "Store as a profile")),
    said,
  );
}
