// What the annotation page asks of the server, and what it sends. Addresses are relative.

import { Refusal } from "./api.js";

/** @typedef {{id: string, title: string, width: number, height: number, mpp: number | null, layers: string[]}} Picture */
/** @typedef {{image: string, revision: number, shapes: number, submitted: boolean}} Progress */
/** @typedef {{where: string, what: string}} Loss */
/** @typedef {{revision: number, geojson: any, submitted: string | null, losses: Loss[], unblinded?: boolean}} Saved */
/** @typedef {{revision: number, yours: any, theirs: any, error: string}} Conflict */
/** @typedef {{directory: string, images: Picture[], classes: import("./annotate.shapes.js").Class[], raters: string[], losses: Loss[], statuses: Progress[]}} Session */
/** @typedef {{layer: string, label: string | null, iou: number | null, dice: number | null, fraction: number}} Row */

/** An answer that is none, with what the server said besides. */
export class Refused extends Refusal {
  /** @param {number} status @param {any} answer */
  constructor(status, answer) {
    super(status, typeof answer?.error === "string" ? answer.error : `${status}`);
    this.answer = answer;
  }
}

/** @param {...string} parts @returns {string} */
export function address(...parts) {
  return ["api/annotate", ...parts.map(encodeURIComponent)].join("/");
}

/** @param {string} url @returns {Promise<any>} */
export function get(url) {
  return answer(fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" }));
}

/**
 * @param {string} url
 * @param {object} body
 * @param {boolean} [parting] the page is being left: send it all the same
 * @returns {Promise<any>}
 */
export function post(url, body, parting = false) {
  const text = JSON.stringify(body);
  return answer(fetch(url, {
    method: "POST", body: text, headers: { "Content-Type": "application/json", Accept: "application/json" },
    credentials: "same-origin", keepalive: parting && text.length < 60000,
  }));
}

/** @param {Promise<Response>} asked */
async function answer(asked) {
  let response;
  try {
    response = await asked;
  } catch (reason) {
    throw new Refused(0, { error: String(reason) });
  }
  const said = await response.json().catch(() => ({}));
  if (response.ok) return said;
  throw new Refused(response.status, said);
}
