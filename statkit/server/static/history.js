// The rows of runs that are here already; asks only for what is new.

import { Refusal, rows as ask, run as describe } from "./api.js";

/** @typedef {import("./contract.js").Rows} Rows */

/** The rows of every run that was drawn, by run and series. */
export class History {
  constructor() {
    /** @type {Map<string, {metrics: string[], asked: string[], rows: Rows}>} wanted, there to ask for, and what came */
    this.known = new Map();
  }

  /**
   * Give what is here of a series.
   * @param {string} id
   * @param {string} series
   * @returns {Rows | null}
   */
  rows(id, series) {
    return this.known.get(`${series} ${id}`)?.rows ?? null;
  }

  /**
   * Bring a series up to date, with these metrics at least; those that the run does not have are left out.
   * @param {string} id
   * @param {string} series
   * @param {string[]} metrics
   * @returns {Promise<Rows>}
   */
  async extend(id, series, metrics) {
    const place = `${series} ${id}`;
    const here = this.known.get(place);
    const wanted = [...new Set([...(here?.metrics ?? []), ...metrics])];
    const more = here && wanted.length === here.metrics.length && here.asked.length ? await ask(id, series, here.asked, here.rows.step.length, here.rows.lineage) : null;
    if (here && more && more.since === here.rows.step.length && more.lineage === here.rows.lineage) {
      this.known.set(place, { ...here, rows: appended(here.rows, more) });
    } else if (here && more && more.since === 0) {
      this.known.set(place, { ...here, rows: more });
    } else {
      this.known.set(place, { metrics: wanted, ...await whole(id, series, wanted) });
    }
    return /** @type {Rows} */ (this.rows(id, series));
  }

  /**
   * Tell whether these metrics of a series are here.
   * @param {string} id
   * @param {string} series
   * @param {string[]} metrics
   */
  has(id, series, metrics) {
    const here = this.known.get(`${series} ${id}`);
    return here !== undefined && metrics.every((metric) => here.metrics.includes(metric));
  }
}

/**
 * Ask for all rows; where a metric is none of this run's, for the others alone.
 * @param {string} id
 * @param {string} series
 * @param {string[]} metrics
 * @returns {Promise<{asked: string[], rows: Rows}>}
 */
async function whole(id, series, metrics) {
  try {
    return { asked: metrics, rows: await ask(id, series, metrics, 0, null) };
  } catch (reason) {
    if (!(reason instanceof Refusal) || reason.status !== 404) throw reason;
    const known = new Set((await describe(id)).metrics.filter((metric) => metric.series === series).map(({ metric }) => metric));
    const asked = metrics.filter((metric) => known.has(metric));
    if (asked.length === metrics.length) throw reason;
    return { asked, rows: asked.length ? await ask(id, series, asked, 0, null) : { ...NONE, series } };
  }
}

/** @type {Rows} */
const NONE = { series: "", rows: 0, since: 0, lineage: "", step: [], epoch: null, time: null, phase: null, values: {} };

/**
 * @param {Rows} before
 * @param {Rows} more
 * @returns {Rows}
 */
function appended(before, more) {
  const join = (/** @type {any[] | null | undefined} */ a, /** @type {any[] | null | undefined} */ b) =>
    a && b ? a.concat(b) : (a ?? null);
  return {
    ...more,
    since: 0,
    step: before.step.concat(more.step),
    epoch: join(before.epoch, more.epoch),
    time: join(before.time, more.time),
    phase: join(before.phase, more.phase),
    segment: join(before.segment, more.segment),
    values: Object.fromEntries(Object.entries(before.values)
      .map(([metric, values]) => [metric, values.concat(more.values[metric] ?? more.step.map(() => null))])),
    best: more.best ?? before.best,
  };
}
