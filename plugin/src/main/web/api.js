import { parse } from "./bare.js";
import { excerpt } from "./dom.js";

const SHOWN_REASON = 600;

/** The node's address, which a proxy may have put under a path. */
const ROOT = new URL("../../", document.baseURI);

/** The address of an API, such as of ["my-index", "_search"]. */
export function address(...segments) {
  return new URL(segments.map(encodeURIComponent).join("/"), ROOT);
}

/**
 * Calls an API of the node with the reader's own credentials.
 *
 * @param {string[]} segments the path
 * @param {?object} body sent as JSON with POST; without one it is GET
 * @param {AbortSignal=} signal
 * @returns {Promise<any>} the answer
 * @throws {Error} with the node's reason, when it refuses
 */
export function call(segments, body = null, signal = undefined) {
  return fetchJson(address(...segments), {
    method: body === null ? "GET" : "POST",
    headers: body === null ? {} : { "Content-Type": "application/json" },
    body: body === null ? undefined : JSON.stringify(body),
    signal,
  });
}

/** Stores something, at the reader's wish alone. */
export function put(segments, body) {
  return fetchJson(address(...segments), {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** What an address answers. */
export async function fetchJson(url, options = {}) {
  const response = await fetch(url, options);
  const text = await response.text();
  const answer = parsed(text);
  if (!response.ok) {
    const why = reason(answer) ?? (text || response.statusText);
    throw new Error(`${response.status}: ${excerpt(String(why), SHOWN_REASON)}`);
  }
  return answer;
}

function parsed(text) {
  try {
    return parse(text);
  } catch {
    return null;
  }
}

/** The innermost cause that the node names. */
function reason(answer) {
  const error = answer?.error;
  if (typeof error !== "object" || error === null) {
    return error;
  }
  const roots = [...(error.root_cause ?? []), error].map((cause) => cause.reason);
  return [...new Set(roots)].filter(Boolean).join("; ");
}
