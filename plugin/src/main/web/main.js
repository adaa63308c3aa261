import { showSettings } from "./controls.js";
import { byId } from "./dom.js";
import { listModels, showEncoding } from "./encode.js";
import { evaluate, showExport } from "./evaluation.js";
import { fit } from "./fit.js";
import { listIndices } from "./indices.js";
import { curlOf } from "./request.js";
import { clear, problem, rankAgain, showMore } from "./results.js";
import { search, send } from "./searching.js";
import { readState, writeState } from "./state.js";
import { useIndex, view } from "./view.js";

function listen() {
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    view.settings.text = byId("text").value;
    search();
  });
  byId("index").addEventListener("change", () => {
    view.settings.kept = "";
    useIndex(byId("index").value);
    showSettings();
    search();
  });
  for (const id of ["combination", "normalization"]) {
    byId(id).addEventListener("change", () => {
      view.settings[id] = byId(id).value;
      byId("normalization").disabled = view.settings.combination === "rrf";
      rankAgain();
      search();
    });
  }
  byId("window").addEventListener("change", () => {
    view.settings.window = readState("#window=" + byId("window").value).window;
    byId("window").value = view.settings.window;
    search();
  });
  for (const id of ["rerank", "times"]) {
    byId(id).addEventListener("change", () => {
      view.settings[id] = byId(id).checked;
      search();
    });
  }
  byId("keep").addEventListener("click", () => keep(writeState({ ...view.settings, kept: "" })));
  byId("forget").addEventListener("click", () => keep(""));
  byId("export-form").addEventListener("change", showExport);
  byId("judgments-panel").addEventListener("toggle", showExport);
  listenTo("evaluate", "click", evaluate);
  byId("fit").addEventListener("click", fit);
  listenTo("encode-panel", "toggle", listModels);
  listenTo("encode-form", "submit", showEncoding);
  byId("more").addEventListener("click", showMore);
  byId("send").addEventListener("click", sendEdited);
  window.addEventListener("popstate", () => {
    view.settings = readState(location.hash);
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
  view.settings.kept = address;
  showSettings();
  search();
}

function sendEdited() {
  const text = byId("request").value;
  byId("curl").value = curlOf(view.settings.index, text);
  try {
    send(JSON.parse(text), true);
  } catch (error) {
    problem("The request is not JSON: " + error.message);
  }
}

/** Shows and searches what the address says. */
function begin() {
  const names = Object.keys(view.mappings);
  useIndex(view.settings.index || (names[0] ?? ""));
  showSettings();
  if (names.length === 0) {
    problem("This cluster has no index that you may see.");
  } else if (!names.includes(view.settings.index)) {
    clear();
    problem(`There is no index [${view.settings.index}].`);
  } else {
    search();
  }
}

async function start() {
  listen();
  try {
    view.mappings = await listIndices();
    begin();
  } catch (error) {
    problem(error.message);
  }
}

start();
