// Rows as curves: by phase, broken at rewinds, records of one step as their mean, smoothed.

import { smoothed } from "./smoothing.js";

/** @typedef {import("./contract.js").Rows} Rows */
/** @typedef {"step" | "epoch" | "time"} Across */

/**
 * One line. `ys` has null where a value is not finite and between two stretches; `smooth` is null without smoothing.
 * @typedef {{phase: string | null, xs: number[], ys: (number | null)[], smooth: (number | null)[] | null}} Curve
 */

/** @typedef {{xs: number[], ys: (number | null)[]}} Stretch rows between two rewinds */
/** @typedef {{phases: [string | null, Stretch[]][], plain: Curve[], weight: number, smooth: Curve[]}} Made curves as measured, and as smoothed last */

/** @type {WeakMap<Rows, Map<string, Made>>} */
const made = new WeakMap();
const KEPT = 48;

/**
 * Give the curves of one metric, one a phase; those made last are kept as long as their rows.
 * @param {Rows} rows
 * @param {string} metric
 * @param {Across} across time counts seconds since the run's first record
 * @param {number} weight of the smoothing, 0 for none
 * @returns {Curve[]}
 */
export function curves(rows, metric, across, weight) {
  const mine = made.get(rows) ?? new Map();
  if (!made.has(rows)) made.set(rows, mine);
  const name = `${across} ${metric}`;
  let known = mine.get(name);
  if (known === undefined) {
    if (mine.size >= KEPT) mine.delete(mine.keys().next().value ?? "");
    const found = stretched(rows, metric, across);
    known = { phases: found, plain: drawn(found, 0), weight: 0, smooth: [] };
    mine.set(name, known);
  }
  if (weight <= 0) return known.plain;
  if (known.weight !== weight) {
    known.weight = weight;
    known.smooth = drawn(known.phases, weight);
  }
  return known.smooth;
}

/**
 * @param {Rows} rows
 * @param {string} metric
 * @param {Across} across
 * @returns {[string | null, Stretch[]][]} phase and its stretches
 */
function stretched(rows, metric, across) {
  const values = rows.values[metric];
  const places = across === "step" ? rows.step : across === "epoch" ? rows.epoch : since(rows.time);
  if (!values || !places) return [];
  return phases(rows).map(([phase, members]) => [phase, stretches(rows, members, places, values)]);
}

/** @param {[string | null, Stretch[]][]} phases @param {number} weight @returns {Curve[]} */
function drawn(phases, weight) {
  return phases.map(([phase, parts]) => ({ phase, ...joined(parts, weight) })).filter(({ ys }) => ys.some((y) => y !== null));
}

/**
 * The place of a step on the axis.
 * @param {Rows} rows
 * @param {number} step
 * @param {Across} across
 * @returns {number | null}
 */
export function placeOf(rows, step, across) {
  const row = rows.step.indexOf(step);
  const places = across === "step" ? rows.step : across === "epoch" ? rows.epoch : since(rows.time);
  return row < 0 || !places ? null : places[row];
}

/** @param {(number | null)[] | null} times */
function since(times) {
  if (!times) return null;
  const first = times.reduce((least, time) => time !== null && (least === null || time < least) ? time : least, null);
  return first === null ? null : times.map((time) => time === null ? null : time - first);
}

/** @param {Rows} rows @returns {[string | null, number[]][]} phase and its rows */
function phases(rows) {
  if (!rows.phase) return [[null, rows.step.map((_, row) => row)]];
  /** @type {Map<string | null, number[]>} */
  const found = new Map();
  rows.phase.forEach((phase, row) => {
    const members = found.get(phase);
    if (members) members.push(row);
    else found.set(phase, [row]);
  });
  return [...found];
}

/**
 * Split rows at rewinds; where most rows lack the metric it is measured now and then, and a lack is no gap.
 * @param {Rows} rows
 * @param {number[]} members
 * @param {(number | null)[]} places
 * @param {(number | null)[]} values
 * @returns {Stretch[]}
 */
function stretches(rows, members, places, values) {
  const there = members.filter((row) => places[row] !== null);
  const sparse = there.filter((row) => values[row] !== null).length * 2 < there.length;
  const kept = sparse ? there.filter((row) => values[row] !== null) : there;
  /** @type {Map<number, number[]>} */
  const found = new Map();
  for (const row of kept) {
    const segment = rows.segment?.[row] ?? 0;
    const mine = found.get(segment);
    if (mine) mine.push(row);
    else found.set(segment, [row]);
  }
  return [...found].sort(([a], [b]) => a - b).map(([, mine]) => meaned(rows.step, mine, places, values));
}

/**
 * Order rows by place; rows of one step count as the mean of their finite values.
 * @param {number[]} steps
 * @param {number[]} members
 * @param {(number | null)[]} places
 * @param {(number | null)[]} values
 */
function meaned(steps, members, places, values) {
  const place = (/** @type {number} */ row) => /** @type {number} */ (places[row]);
  const order = members.slice().sort((a, b) => place(a) - place(b) || steps[a] - steps[b]);
  const xs = /** @type {number[]} */ ([]);
  const ys = /** @type {(number | null)[]} */ ([]);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && (steps[order[end]] === steps[order[start]] || place(order[end]) === place(order[start]))) end++;
    const shared = order.slice(start, end);
    const finite = shared.map((row) => values[row]).filter((value) => value !== null);
    xs.push(shared.reduce((sum, row) => sum + place(row), 0) / shared.length);
    ys.push(finite.length ? finite.reduce((sum, value) => sum + value, 0) / finite.length : null);
    start = end;
  }
  return { xs, ys };
}

/**
 * Put stretches one after the other with a gap between.
 * @param {Stretch[]} parts
 * @param {number} weight
 */
function joined(parts, weight) {
  const xs = /** @type {number[]} */ ([]);
  const ys = /** @type {(number | null)[]} */ ([]);
  const smooth = /** @type {(number | null)[]} */ ([]);
  for (const part of parts) {
    if (xs.length && part.xs.length) {
      xs.push((xs[xs.length - 1] + part.xs[0]) / 2);
      ys.push(null);
      smooth.push(null);
    }
    const even = smoothed(part.ys, weight);
    part.xs.forEach((x, at) => {
      xs.push(x);
      ys.push(part.ys[at]);
      smooth.push(even[at]);
    });
  }
  return sorted({ xs, ys, smooth: weight > 0 ? smooth : null });
}

/**
 * A stretch that goes back in time overlaps the one before; its points are put in order.
 * @param {{xs: number[], ys: (number | null)[], smooth: (number | null)[] | null}} line
 */
function sorted(line) {
  if (line.xs.every((x, at) => at === 0 || x > line.xs[at - 1])) return line;
  const order = line.xs.map((_, at) => at).sort((a, b) => line.xs[a] - line.xs[b])
    .filter((at, place, every) => place === 0 || line.xs[at] > line.xs[every[place - 1]]);
  return {
    xs: order.map((at) => line.xs[at]),
    ys: order.map((at) => line.ys[at]),
    smooth: line.smooth && order.map((at) => /** @type {(number | null)[]} */ (line.smooth)[at]),
  };
}
