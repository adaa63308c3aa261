import { bare } from "./bare.js";

/** What a normalized score of 0 becomes, as on the node: to be found is worth more than not. */
const FLOOR = 0.001;

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

const SCALES = {
  min_max(scores) {
    const [min, max] = [Math.min(...scores), Math.max(...scores)];
    return (score) => (max === min ? 1 : (score - min) / (max - min));
  },
  l2(scores) {
    const norm = Math.sqrt(sum(scores.map((score) => score * score)));
    return (score) => (norm === 0 ? 0 : score / norm);
  },
  z_score(scores) {
    if (scores.every((score) => score === scores[0])) {
      return () => 1;
    }
    const mean = sum(scores) / scores.length;
    const variance = sum(scores.map((score) => (score - mean) ** 2)) / scores.length;
    return (score) => (score - mean) / Math.sqrt(variance);
  },
  theoretical(scores) {
    const max = Math.max(...scores);
    return (score) => (max <= 0 ? 1 : score / max);
  },
  none() {
    return (score) => score;
  },
};

function raise(scaled) {
  if (scaled >= 2 * FLOOR) {
    return scaled;
  }
  return scaled >= 0 ? FLOOR + scaled / 2 : (FLOOR / 2) * (1 + 1 / (1 - scaled));
}

/** Of found legs {weight, normalized, rank}: the fused score, and each leg's part in it. */
const COMBINATIONS = {
  arithmetic_mean: (found, total) => [
    sum(found.map((leg) => leg.weight * leg.normalized)) / total,
    (leg) => leg.weight * leg.normalized,
  ],
  geometric_mean: (found) => {
    const weight = sum(found.map((leg) => leg.weight));
    const logs = sum(found.map((leg) => leg.weight * Math.log(leg.normalized)));
    return [weight === 0 ? 0 : Math.exp(logs / weight), (leg) => leg.weight];
  },
  harmonic_mean: (found) => {
    const weight = sum(found.map((leg) => leg.weight));
    const parts = sum(found.map((leg) => leg.weight / leg.normalized));
    return [weight === 0 ? 0 : weight / parts, (leg) => leg.weight / leg.normalized];
  },
  rrf: (found, total, constant) => [
    sum(found.map((leg) => leg.weight / (constant + leg.rank))),
    (leg) => leg.weight / (constant + leg.rank),
  ],
};

/** A function for each leg that normalizes its scores, from those of the hits that are here. */
function normalizers(hits, names, normalization) {
  const scale = (name) =>
    SCALES[normalization](
      hits.filter((hit) => name in hit.legs).map((hit) => hit.legs[name].score),
    );
  return bare(names.map((name) => [name, scale(name)]));
}

/**
 * Fuses hits anew, as the node would fuse them. The node's own normalized scores are taken where it
 * normalized as the settings say; else the scores of these hits stand for the leg's window.
 *
 * @param {{legs: Object<string, {rank, score, normalized}>}[]} hits
 * @param {string[]} names the legs
 * @param settings weights, normalization, rank_constant and combination
 * @param {?string} normalized by what the node normalized these hits; null when it did not
 * @returns {{hit, rank, score, legs}[]} best first
 */
export function fuse(hits, names, settings, normalized) {
  const weight = (name) => settings.weights[name] ?? 1;
  const total = sum(names.map(weight));
  const own = normalizers(hits, names, settings.normalization);
  const scaled = (leg, name) => {
    if (settings.normalization === normalized && leg.normalized != null) {
      return leg.normalized;
    }
    const value = own[name](leg.score);
    return settings.normalization === "none" ? value : raise(value);
  };
  const fused = hits.map((hit) => {
    const found = names
      .filter((name) => name in hit.legs)
      .map((name) => ({
        name,
        ...hit.legs[name],
        weight: weight(name),
        normalized: scaled(hit.legs[name], name),
      }));
    return { hit, ...combined(found, total, settings) };
  });
  fused.sort((a, b) => b.score - a.score || a.hit.place - b.hit.place);
  return fused.map((entry, i) => ({ ...entry, rank: i + 1 }));
}

function combined(found, total, { combination, rank_constant: constant }) {
  const means = combination === "geometric_mean" || combination === "harmonic_mean";
  const counted = means ? found.filter((leg) => leg.normalized > 0) : found;
  const [score, part] = COMBINATIONS[combination](counted, total, constant);
  const parts = counted.map(part);
  const all = sum(parts);
  const shares = bare(counted.map((leg, i) => [leg.name, all > 0 ? parts[i] / all : 0]));
  const legs = found.map((leg) => [leg.name, { ...leg, share: shares[leg.name] ?? 0 }]);
  return { score, legs: bare(legs) };
}

/**
 * Normalized discounted cumulative gain of the first ten, with 0 for what nobody judged.
 *
 * @param {string[]} keys a ranking
 * @param {Object<string, number>} grades by key
 * @returns {?number} null without a relevant document
 */
export function ndcg(keys, grades) {
  const gain = (list) => sum(list.slice(0, 10).map((grade, i) => grade / Math.log2(i + 2)));
  const ideal = gain(Object.values(grades).sort((a, b) => b - a));
  return ideal === 0 ? null : gain(keys.map((key) => grades[key] ?? 0)) / ideal;
}
