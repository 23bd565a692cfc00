// What the page asks of the server. Addresses are relative, so that a proxy may put the page under any path.

/** @typedef {import("./contract.js").Summary} Summary */
/** @typedef {import("./contract.js").Detail} Detail */
/** @typedef {import("./contract.js").Rows} Rows */
/** @typedef {import("./contract.js").Activity} Activity */
/** @typedef {import("./contract.js").Comparison} Comparison */
/** @typedef {import("./contract.js").Picture} Picture */

/** An answer that is none: its status, and what the server says. */
export class Refusal extends Error {
  /**
   * @param {number} status of HTTP; 0 when there was no answer at all
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** @param {string} id @param {string} what @returns {string} the address of something of a run */
export function address(id, what = "") {
  return `api/runs/${encodeURIComponent(id)}${what && `/${what}`}`;
}

/** @param {string} url @returns {Promise<any>} */
async function ask(url) {
  let response;
  try {
    response = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  } catch (reason) {
    throw new Refusal(0, String(reason));
  }
  if (response.ok) return response.json();
  throw new Refusal(response.status, await said(response));
}

/** @param {Response} response */
async function said(response) {
  try {
    const { error } = await response.json();
    return typeof error === "string" ? error : response.statusText;
  } catch {
    return `${response.status} ${response.statusText}`;
  }
}

/** @returns {Promise<{revision: number, runs: Summary[]}>} */
export function runs() {
  return ask("api/runs");
}

/** @param {string} id @returns {Promise<Detail>} */
export function run(id) {
  return ask(address(id));
}

/**
 * @param {string} id
 * @param {string} series
 * @param {string[]} metrics
 * @param {number} since the first row wanted
 * @param {string | null} lineage of the rows already here
 * @returns {Promise<Rows>}
 */
export function rows(id, series, metrics, since, lineage) {
  const query = new URLSearchParams(metrics.map((metric) => ["metric", metric]));
  query.set("series", series);
  if (since) query.set("since", String(since));
  if (since && lineage !== null) query.set("lineage", lineage);
  return ask(`${address(id, "series")}?${query}`);
}

/** @param {string} id @returns {Promise<Activity>} */
export function activity(id) {
  return ask(address(id, "activity"));
}

/**
 * @param {[string, string[]][]} sides name and runs; the first is the baseline
 * @param {string} metric
 * @param {string} at
 * @returns {Promise<Comparison>}
 */
export function compare(sides, metric, at) {
  const query = new URLSearchParams(sides.map(([name, ids]) => ["side", `${plain(name)}:${ids.join(",")}`]));
  query.set("metric", metric);
  query.set("at", at);
  return ask(`api/compare?${query}`);
}

/**
 * A side's name without the mark that ends it.
 * @param {string} name
 */
export function plain(name) {
  return name.replaceAll(":", "∶");
}

/** @param {string} id @returns {Promise<{images: Picture[]}>} */
export function images(id) {
  return ask(address(id, "images"));
}
