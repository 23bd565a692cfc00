// Sides of a comparison: which runs stand together.

import { plain } from "./api.js";

/** @typedef {import("./contract.js").Band} Band */
/** @typedef {import("./contract.js").Comparison} Comparison */
/** @typedef {import("./runs.js").Listed} Listed */

/**
 * The side a run stands on when nobody says otherwise: its group, or itself.
 * @param {Listed} run
 */
export function sideOf(run) {
  return plain(run.group || run.name);
}

/**
 * Runs by group; a run without one stands for itself.
 * @param {Listed[]} runs
 * @returns {Map<string, string[]>}
 */
export function groups(runs) {
  /** @type {Map<string, string[]>} */
  const found = new Map();
  for (const run of runs) {
    if (run.gone) continue;
    const name = sideOf(run);
    found.set(name, [...(found.get(name) ?? []), run.id]);
  }
  return found;
}

/** The sides that have a band. @param {Comparison | undefined} answer @returns {[string, Band][]} */
export function banded(answer) {
  return Object.entries(answer?.bands ?? {}).flatMap(([name, band]) => band ? [[name, band]] : []);
}
