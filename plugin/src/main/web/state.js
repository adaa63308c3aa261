import { bare } from "./bare.js";

/** What the settings are when the address says nothing. */
const DEFAULTS = {
  index: "",
  text: "",
  combination: "arithmetic_mean",
  normalization: "min_max",
  rank_constant: 60,
  window: 50,
  rerank: false,
  times: false,
  kept: "",
};

const WEIGHT = "w.";

/**
 * The settings that an address holds behind its "#", where servers do not see them.
 *
 * @returns {{index, text, combination, normalization, window, rerank, times, kept, weights, off}}
 *     weights by leg, the legs that are switched off, null where none was ever switched, and the
 *     address of other settings to compare with
 */
export function readState(hash) {
  const parameters = new URLSearchParams(hash.replace(/^#/, ""));
  const settings = { ...DEFAULTS, weights: bare(), off: null };
  for (const [key, value] of parameters) {
    if (key.startsWith(WEIGHT)) {
      settings.weights[key.slice(WEIGHT.length)] = bounded(value, 0.001, 3, 1);
    } else if (key === "off") {
      settings.off = [...(settings.off ?? []), value].filter(Boolean);
    } else if (key === "window") {
      settings.window = Math.round(bounded(value, 10, 200, DEFAULTS.window));
    } else if (key === "rank_constant") {
      settings.rank_constant = Math.round(bounded(value, 1, 10_000, DEFAULTS.rank_constant));
    } else if (Object.hasOwn(DEFAULTS, key)) {
      settings[key] = typeof DEFAULTS[key] === "boolean" ? value === "true" : value;
    }
  }
  return settings;
}

function bounded(value, least, most, otherwise) {
  const number = Number.parseFloat(value);
  return Number.isFinite(number) ? Math.min(most, Math.max(least, number)) : otherwise;
}

/** The address of settings: what differs from the defaults. */
export function writeState(settings) {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(DEFAULTS)) {
    if (settings[key] !== value) {
      parameters.set(key, String(settings[key]));
    }
  }
  for (const [leg, weight] of Object.entries(settings.weights)) {
    if (weight !== 1) {
      parameters.set(WEIGHT + leg, String(weight));
    }
  }
  const off = settings.off?.length === 0 ? [""] : (settings.off ?? []);
  off.forEach((leg) => parameters.append("off", leg));
  return "#" + parameters;
}
