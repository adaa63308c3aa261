import { call } from "./api.js";
import { columnsOf } from "./columns.js";
import { byId, el, short } from "./dom.js";
import { listModels, showEncoding } from "./encode.js";
import { cardOf, hitsOf } from "./hits.js";
import { gradesOf, judge, qrelsOf, queriesOf, rankEvalOf, readJudgments } from "./judgments.js";
import { MAX_LEGS, legsOf, textFields } from "./legs.js";
import { fuse, ndcg } from "./ranking.js";
import { bareSearchOf, curlOf, searchOf } from "./request.js";
import { readState, writeState } from "./state.js";
import { whyOf } from "./why.js";

const TONES = 8;
const CARDS = 10;

let settings = readState(location.hash);
let mappings = {};
/** @type {import("./legs.js").Leg[]} all that the index offers */
let legs = [];
/** What the node answered last: hits, the legs it fused, and whether the request was edited. */
let answer = null;
const judgments = readJudgments();
let cards = CARDS;
let running = new AbortController();

const isOff = (leg, some = settings) => some.off !== null && some.off.includes(leg.field);
const active = (some = settings) => legs.filter((leg) => !isOff(leg, some)).slice(0, MAX_LEGS);

/** The settings that stay to be compared with, for the present query; null without. */
function keptSettings() {
  const { index, text } = settings;
  return settings.kept === "" ? null : { ...readState(settings.kept), index, text };
}

/** The legs of the last answer, with a color each. */
function known() {
  return answer.names.map((name) => {
    const place = legs.findIndex((leg) => leg.field === name);
    const label = legs[place]?.label ?? name;
    return { field: name, label, tone: toneOf(place < 0 ? answer.names.indexOf(name) : place) };
  });
}

const toneOf = (place) => "leg-" + (place % TONES);

// ---- settings ----

function showSettings() {
  const names = Object.keys(mappings);
  byId("index").replaceChildren(...names.map((name) => el("option", { value: name }, name)));
  byId("index").value = settings.index;
  byId("text").value = settings.text;
  for (const id of ["combination", "normalization", "window"]) {
    byId(id).value = settings[id];
  }
  byId("rerank").checked = settings.rerank;
  byId("times").checked = settings.times;
  byId("normalization").disabled = settings.combination === "rrf";
  byId("legs").replaceChildren(...legs.map(legControl));
  byId("forget").hidden = settings.kept === "";
  byId("kept").textContent = settings.kept === "" ? "" : "Kept: " + inWords(keptSettings());
}

/** Settings in a line. */
function inWords(some) {
  const weights = active(some).map((leg) => `${leg.label} ${some.weights[leg.field] ?? 1}`);
  const scale = some.combination === "rrf" ? [] : [some.normalization];
  const rerank = some.rerank ? ["reranked"] : [];
  return [weights.join(", "), some.combination, ...scale, ...rerank].join("; ");
}

function legControl(leg, i) {
  const weight = settings.weights[leg.field] ?? 1;
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
      settings.weights[leg.field] = Number(slider.value);
      output.textContent = Number(slider.value).toFixed(2);
      rankAgain();
    },
    change: search,
  });
  const box = el("input", { type: "checkbox", checked: !isOff(leg), change: () => toggle(leg) });
  const dot = el("span", { class: `dot ${toneOf(i)}` });
  const name = el("bdi", {}, leg.label === leg.field ? `${leg.label} (${leg.kind})` : leg.label);
  return el("div", { class: "leg" }, el("label", {}, box, dot, name), output, slider);
}

function toggle(leg) {
  const off = new Set(settings.off ?? []);
  if (!off.delete(leg.field)) {
    off.add(leg.field);
  }
  settings.off = [...off];
  showSettings();
  search();
}

/** Takes the index's legs; settings of legs that it does not have are dropped. */
function useIndex(index) {
  settings.index = index;
  legs = legsOf(mappings[index]?.mappings);
  const has = (field) => legs.some((leg) => leg.field === field);
  settings.weights = Object.fromEntries(
    Object.entries(settings.weights).filter(([field]) => has(field)),
  );
  settings.off = settings.off?.filter(has) ?? null;
}

// ---- searching ----

/** Searches as the settings say, and puts them into the address. */
async function search() {
  if (location.hash !== writeState(settings)) {
    history.pushState(null, "", writeState(settings));
  }
  if (legs.length === 0 && settings.index !== "") {
    clear();
    problem(`[${settings.index}] has no field that a text can be searched in.`);
    return;
  }
  if (settings.text.trim() === "" || settings.index === "") {
    clear();
    return;
  }
  if (active().length === 0) {
    clear();
    problem("All legs are switched off.");
    return;
  }
  const request = searchOf(settings, active(), legs);
  showRequest(JSON.stringify(request, null, 2));
  await send(request, false);
}

function showRequest(text) {
  byId("request").value = text;
  byId("curl").value = curlOf(settings.index, text);
}

/** Sends a search; one that comes later takes its place. */
async function send(request, edited) {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  problem("");
  byId("status").textContent = "Searching …";
  byId("results").setAttribute("aria-busy", "true");
  const start = performance.now();
  try {
    const response = await call([settings.index, "_search"], request, signal);
    const milliseconds = performance.now() - start;
    take(response, edited, milliseconds, await keptHits(signal));
  } catch (error) {
    if (!signal.aborted) {
      clear();
      problem(error.message);
    }
  }
  if (!signal.aborted) {
    byId("results").setAttribute("aria-busy", "false");
  }
}

/** The hits of the settings to compare with. */
async function keptHits(signal) {
  const some = keptSettings();
  if (some === null || active(some).length === 0) {
    return [];
  }
  const request = searchOf(some, active(some), legs);
  const response = await call([settings.index, "_search"], request, signal);
  return hitsOf(response, textFields(legs));
}

function take(response, edited, milliseconds, keptOnes) {
  const hits = hitsOf(response, textFields(legs));
  const named = new Set(hits.flatMap((hit) => Object.keys(hit.legs)));
  const names = edited ? [...named] : active().map((leg) => leg.field);
  const { normalization } = settings;
  answer = { response, hits, names, edited, normalization, keptOnes };
  cards = CARDS;
  const total = response.hits.total?.value ?? hits.length;
  const times = `${response.took} ms on the node, ${Math.round(milliseconds)} ms in all`;
  const without = names.filter((name) => !named.has(name)).map((name) => ` [${name}] found none.`);
  byId("status").textContent = `${hits.length} of ${total} hits; ${times}.${without.join("")}`;
  show();
}

function clear() {
  answer = null;
  byId("status").textContent = "";
  byId("rankings").hidden = true;
  byId("found").hidden = true;
  problem("");
}

function problem(text) {
  byId("problem").textContent = text;
}

/** Orders the hits that are here by settings that the node has not been asked about yet. */
function rankAgain() {
  if (answer !== null && !answer.edited) {
    answer.ahead = true;
    show();
  }
}

// ---- showing ----

/** The hits by their fused score; as the node gave them when the request was the reader's own. */
function ranking() {
  const { hits, names, edited, normalization } = answer;
  if (edited) {
    return hits.map((hit, i) => ({ hit, rank: i + 1, score: hit.score, legs: hit.legs }));
  }
  return fuse(hits, names, settings, normalization);
}

const rowOf = (hit, score) => ({ key: hit.key, id: hit.id, title: hit.title, score });

function legColumn(leg) {
  const rows = [];
  for (const hit of answer.hits) {
    const found = hit.legs[leg.field];
    if (found) {
      rows[found.rank - 1] = rowOf(hit, found.score);
    }
  }
  return { title: leg.label, tone: leg.tone, rows: Array.from(rows, (row) => row ?? null) };
}

function allColumns(ranked) {
  const columns = known().map(legColumn).filter((column) => column.rows.length > 0);
  if (answer.keptOnes.length > 0) {
    columns.push({ title: "kept", rows: answer.keptOnes.map((hit) => rowOf(hit, hit.score)) });
  }
  const fused = ranked.map((entry) => rowOf(entry.hit, entry.score));
  columns.push({ title: answer.edited ? "hits" : "fusion", rows: fused });
  const reranked = answer.hits.filter((hit) => hit.reranked);
  if (reranked.length > 0 && !answer.ahead) {
    const rows = reranked.map((hit) => rowOf(hit, hit.reranked.score));
    columns.push({ title: "reranked", rows });
  }
  return columns.map((column) => ({ tone: "", ...column, note: gainOf(column.rows) }));
}

/** How good a ranking is by what the reader said of its hits. */
function gainOf(rows) {
  const gain = ndcg(
    rows.map((row) => row?.id),
    gradesOf(judgments, settings),
  );
  return gain === null ? "" : `nDCG@10 ${short(gain)}`;
}

function show() {
  const ranked = ranking();
  byId("rankings").hidden = false;
  byId("found").hidden = ranked.length === 0;
  byId("columns").replaceChildren(columnsOf(allColumns(ranked), (key) => jump(ranked, key)));
  byId("stages").replaceChildren(...stages());
  showCards(ranked);
}

/** Cards in the order of the page that the reader would get. */
function showCards(ranked) {
  const reranked = settings.rerank && !answer.ahead && !answer.edited;
  const order = reranked ? [...ranked].sort((a, b) => a.hit.place - b.hit.place) : ranked;
  const shown = order.slice(0, cards);
  byId("hits").replaceChildren(...shown.map((entry) => cardOf(entry, known(), moreOf(entry.hit))));
  byId("more").hidden = order.length <= cards;
}

function moreOf(hit) {
  const grade = gradesOf(judgments, settings)[hit.id];
  const thumb = (value, label, sign) =>
    el(
      "button",
      {
        type: "button",
        "aria-label": label,
        "aria-pressed": String(grade === value),
        click: () => gradeHit(hit, value),
      },
      sign,
    );
  const thumbs = [thumb(1, "Relevant", "👍"), thumb(0, "Not relevant", "👎")];
  return [whyOf(hit, settings.text, active()), el("div", { class: "thumbs" }, ...thumbs)];
}

/** Notes what the reader says of a hit, and shows what it makes of the rankings. */
function gradeHit(hit, grade) {
  judge(judgments, settings, hit.id, grade);
  const pressed = document.activeElement?.getAttribute("aria-label");
  show();
  const card = cardFor(hit.key);
  card?.querySelector(`[aria-label="${pressed}"]`)?.focus();
  showExport();
}

function cardFor(key) {
  return [...byId("hits").children].find((child) => child.dataset.card === key);
}

/** The judgments of the index in the form that the reader chose. */
function showExport() {
  const forms = {
    "qrels.tsv": () => qrelsOf(judgments, settings.index),
    "queries.jsonl": () => queriesOf(judgments, settings.index),
    _rank_eval: () => JSON.stringify(evaluationOf(settings), null, 2),
  };
  byId("export").value = forms[byId("export-form").value]();
}

function evaluationOf(some) {
  return rankEvalOf(judgments, settings.index, (text) =>
    bareSearchOf({ ...some, text }, active(some), legs),
  );
}

/** Asks the node how good the settings are over all judged queries of the index. */
async function evaluate() {
  const number = Object.keys(judgments[settings.index] ?? {}).length;
  if (number === 0) {
    byId("evaluation").textContent = "No query of this index is judged yet.";
    return;
  }
  const compared = [["these settings", settings]];
  if (keptSettings() !== null) {
    compared.push(["kept", keptSettings()]);
  }
  byId("evaluation").textContent = "Evaluating …";
  const answers = await Promise.all(
    compared.map(([, some]) => call([settings.index, "_rank_eval"], evaluationOf(some))),
  );
  const lines = answers.map((all, i) => `${compared[i][0]}: ${short(all.metric_score)}`);
  const queries = `${number} judged ${number === 1 ? "query" : "queries"}`;
  byId("evaluation").textContent = `Mean nDCG@10 over ${queries}: ${lines.join(", ")}.`;
}

/** Goes to the card of a hit. */
function jump(ranked, key) {
  cards = Math.max(cards, ranked.length);
  showCards(ranked);
  const card = cardFor(key);
  card?.focus();
  card?.scrollIntoView({ block: "center" });
}

/** How long each stage took, where the request asked for it. */
function stages() {
  const { response } = answer;
  const times = (response.ext?.fusion?.legs ?? []).map((leg) => [leg.name, leg.took]);
  if (times.length > 0 && response.ext.cross_encoder) {
    times.push(["cross-encoder", response.ext.cross_encoder.took]);
  }
  if (times.length > 0) {
    times.push(["whole search", response.took]);
  }
  return times.map(([name, took]) => {
    const bar = el("span", { class: "part" });
    bar.style.width = (100 * took) / Math.max(response.took, 1) + "%";
    return el("div", { class: "stage" }, el("span", {}, name), bar, el("span", {}, `${took} ms`));
  });
}

// ---- what the reader does ----

function listen() {
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    settings.text = byId("text").value;
    search();
  });
  byId("index").addEventListener("change", () => {
    settings.kept = "";
    useIndex(byId("index").value);
    showSettings();
    search();
  });
  for (const id of ["combination", "normalization"]) {
    byId(id).addEventListener("change", () => {
      settings[id] = byId(id).value;
      byId("normalization").disabled = settings.combination === "rrf";
      rankAgain();
      search();
    });
  }
  byId("window").addEventListener("change", () => {
    settings.window = readState("#window=" + byId("window").value).window;
    byId("window").value = settings.window;
    search();
  });
  for (const id of ["rerank", "times"]) {
    byId(id).addEventListener("change", () => {
      settings[id] = byId(id).checked;
      search();
    });
  }
  byId("keep").addEventListener("click", () => keep(writeState({ ...settings, kept: "" })));
  byId("forget").addEventListener("click", () => keep(""));
  byId("export-form").addEventListener("change", showExport);
  byId("judgments-panel").addEventListener("toggle", showExport);
  listenTo("evaluate", "click", evaluate);
  listenTo("encode-panel", "toggle", listModels);
  listenTo("encode-form", "submit", showEncoding);
  byId("more").addEventListener("click", () => {
    cards += CARDS;
    show();
  });
  byId("send").addEventListener("click", sendEdited);
  window.addEventListener("popstate", () => {
    settings = readState(location.hash);
    begin();
  });
}

/** Runs what asks the node, and shows its refusal. */
function listenTo(id, type, action) {
  byId(id).addEventListener(type, async (event) => {
    event.preventDefault();
    problem("");
    try {
      await action();
    } catch (error) {
      problem(error.message);
    }
  });
}

/** Keeps settings to compare with: their address, or nothing. */
function keep(address) {
  settings.kept = address;
  showSettings();
  search();
}

function sendEdited() {
  const text = byId("request").value;
  byId("curl").value = curlOf(settings.index, text);
  try {
    send(JSON.parse(text), true);
  } catch (error) {
    problem("The request is not JSON: " + error.message);
  }
}

/** Shows and searches what the address says. */
function begin() {
  const names = Object.keys(mappings);
  const index = names.includes(settings.index) || settings.index !== "" ? settings.index : names[0];
  useIndex(index ?? "");
  showSettings();
  if (names.length === 0) {
    problem("This cluster has no index that you may see.");
  } else if (!names.includes(settings.index)) {
    clear();
    problem(`There is no index [${settings.index}].`);
  } else {
    search();
  }
}

async function start() {
  listen();
  try {
    const all = await call(["_mapping"]);
    mappings = Object.fromEntries(
      Object.entries(all)
        .filter(([name]) => !name.startsWith("."))
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
    begin();
  } catch (error) {
    problem(error.message);
  }
}

start();
