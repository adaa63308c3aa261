import { call } from "./api.js";
import { byId } from "./dom.js";
import { hitsOf } from "./hits.js";
import { textFields } from "./legs.js";
import { curlOf, searchOf } from "./request.js";
import { clear, problem, show } from "./results.js";
import { readState, writeState } from "./state.js";
import { CARDS, active, keptSettings, view } from "./view.js";

/** Ends the search that is under way when another begins. */
let running = new AbortController();

/** Searches as the settings say, and puts them into the address. */
export async function search() {
  running.abort();
  const { index, text } = readState(location.hash);
  const another = index !== view.settings.index || text !== view.settings.text;
  history[another ? "pushState" : "replaceState"](null, "", writeState(view.settings));
  if (view.legs.length === 0 && view.settings.index !== "") {
    clear();
    problem(`[${view.settings.index}] has no field that a text can be searched in.`);
    return;
  }
  if (view.settings.text.trim() === "" || view.settings.index === "") {
    clear();
    return;
  }
  if (active().length === 0) {
    clear();
    problem("All legs are switched off.");
    return;
  }
  const request = searchOf(view.settings, active(), view.legs);
  showRequest(JSON.stringify(request, null, 2));
  await send(request, false);
}

function showRequest(text) {
  byId("request").value = text;
  byId("curl").value = curlOf(view.settings.index, text);
}

/** Sends a search; one that comes later takes its place. */
export async function send(request, edited) {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  problem("");
  byId("status").textContent = "Searching …";
  byId("results").setAttribute("aria-busy", "true");
  const start = performance.now();
  try {
    const response = await call([view.settings.index, "_search"], request, signal);
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
  const request = searchOf(some, active(some), view.legs);
  const response = await call([view.settings.index, "_search"], request, signal);
  return hitsOf(response, textFields(view.legs));
}

function take(response, edited, milliseconds, keptOnes) {
  const hits = hitsOf(response, textFields(view.legs));
  const named = new Set(hits.flatMap((hit) => Object.keys(hit.legs)));
  const names = edited ? [...named] : active().map((leg) => leg.field);
  const normalization = view.settings.combination === "rrf" ? null : view.settings.normalization;
  view.answer = { response, hits, names, edited, normalization, keptOnes };
  view.cards = CARDS;
  const total = response.hits.total?.value ?? hits.length;
  const times = `${response.took} ms on the node, ${Math.round(milliseconds)} ms in all`;
  const without = names.filter((name) => !named.has(name)).map((name) => ` [${name}] found none.`);
  byId("status").textContent = `${hits.length} of ${total} hits; ${times}.${without.join("")}`;
  show();
}
