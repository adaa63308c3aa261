import { bare } from "./bare.js";
import { readJudgments } from "./judgments.js";
import { MAX_LEGS, legsOf } from "./legs.js";
import { readState } from "./state.js";

/** How many hits are shown at first. */
export const CARDS = 10;

/** What the page knows; its parts read it and change it. */
export const view = {
  /** What the reader chose, as in the address. */
  settings: readState(location.hash),

  /** The mappings of all indices, aliases and data streams, by name. */
  mappings: bare(),

  /** @type {import("./legs.js").Leg[]} all that the index offers */
  legs: [],

  /**
   * What the node answered last: its response, the hits, the legs that it fused, how it normalized
   * (null where ranks alone counted), the hits of kept settings, whether the reader wrote the
   * request, and whether the settings are ahead of it. Null without an answer.
   */
  answer: null,

  /** How many hits are shown. */
  cards: CARDS,

  judgments: readJudgments(),
};

/** The legs that settings have switched on. */
export function active(some = view.settings) {
  return view.legs.filter((leg) => !isOff(leg, some));
}

/** Whether settings have switched a leg off. */
export function isOff(leg, some = view.settings) {
  return some.off !== null && some.off.includes(leg.field);
}

/** The settings that stay to be compared with, for the present query; null without. */
export function keptSettings() {
  const { index, text, kept } = view.settings;
  return kept === "" ? null : { ...readState(kept), index, text };
}

/** Takes the index's legs; settings of legs that it does not have are dropped. */
export function useIndex(index) {
  view.settings.index = index;
  view.legs = legsOf(view.mappings[index]?.mappings);
  const has = (field) => view.legs.some((leg) => leg.field === field);
  const { settings } = view;
  settings.weights = bare(Object.entries(settings.weights).filter(([field]) => has(field)));
  settings.off = settings.off?.filter(has) ?? null;
  if (settings.off === null && view.legs.length > MAX_LEGS) {
    settings.off = view.legs.slice(MAX_LEGS).map((leg) => leg.field);
  }
}
