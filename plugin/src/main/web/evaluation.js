import { call } from "./api.js";
import { byId, short } from "./dom.js";
import { qrelsOf, queriesOf, rankEvalOf } from "./judgments.js";
import { bareSearchOf } from "./request.js";
import { active, keptSettings, view } from "./view.js";

/** The judgments of the index in the form that the reader chose. */
export function showExport() {
  const forms = {
    "qrels.tsv": () => qrelsOf(view.judgments, view.settings.index),
    "queries.jsonl": () => queriesOf(view.judgments, view.settings.index),
    _rank_eval: () => JSON.stringify(evaluationOf(view.settings), null, 2),
  };
  byId("export").value = forms[byId("export-form").value]();
}

function evaluationOf(some) {
  return rankEvalOf(view.judgments, view.settings.index, (text) =>
    bareSearchOf({ ...some, text }, active(some), view.legs),
  );
}

/** Asks the node how good the settings are over all judged queries of the index. */
export async function evaluate() {
  const number = Object.keys(view.judgments[view.settings.index] ?? {}).length;
  if (number === 0) {
    byId("evaluation").textContent = "No query of this index is judged yet.";
    return;
  }
  const compared = [["these settings", view.settings]];
  if (keptSettings() !== null) {
    compared.push(["kept", keptSettings()]);
  }
  byId("evaluation").textContent = "Evaluating …";
  const answers = await Promise.all(
    compared.map(([, some]) => call([view.settings.index, "_rank_eval"], evaluationOf(some))),
  );
  const lines = answers.map((all, i) => `${compared[i][0]}: ${short(all.metric_score)}`);
  const queries = `${number} judged ${number === 1 ? "query" : "queries"}`;
  byId("evaluation").textContent = `Mean nDCG@10 over ${queries}: ${lines.join(", ")}.`;
}
