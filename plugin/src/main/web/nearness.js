/** The scalar product of two vectors of the same length. */
function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    sum += a[i] * b[i];
  }
  return sum;
}

/** The length of a vector. */
export function lengthOf(vector) {
  return Math.sqrt(dot(vector, vector));
}

/** The cosine of the angle between two vectors; 0 where one of them has no direction. */
export function cosine(a, b) {
  const lengths = lengthOf(a) * lengthOf(b);
  return lengths === 0 ? 0 : dot(a, b) / lengths;
}

/** For each token of the query the nearest of the text, and how near it is. */
export function nearest(asked, found) {
  return asked.map((token) => {
    const near = found.map((other) => dot(token.vector, other.vector));
    const best = near.indexOf(Math.max(...near));
    return { token, best, near: near[best] };
  });
}

/**
 * The words of texts that are nearest to a token. A word that stands in several places counts once,
 * where it is nearest.
 *
 * @param {{vector: number[]}} token
 * @param {{tokens: {text, vector}[], hit}[]} texts
 * @param {number} most how many
 * @returns {{word: string, hit, near: number}[]} nearest first
 */
export function neighborsOf(token, texts, most) {
  const words = new Map();
  for (const { tokens = [], hit } of texts) {
    for (const { text, vector } of tokens) {
      const word = text.toLowerCase();
      const near = dot(token.vector, vector);
      if (!(words.get(word)?.near >= near)) {
        words.set(word, { word, hit, near });
      }
    }
  }
  return [...words.values()].sort((a, b) => b.near - a.near).slice(0, most);
}
