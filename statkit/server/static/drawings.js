// Histories and bands as drawings: what a chart needs to know, and no more.

import { curves, placeOf } from "./curves.js";
import { measured, number, span } from "./numbers.js";
import { label, t } from "./words.js";

/** @typedef {import("./contract.js").Rows} Rows */
/** @typedef {import("./contract.js").Metric} Metric */
/** @typedef {import("./contract.js").Band} Band */
/** @typedef {import("./chart.js").Drawing} Drawing */
/** @typedef {import("./chart.js").Line} Line */
/** @typedef {import("./pens.js").Pen} Pen */
/** @typedef {import("./curves.js").Across} Across */

/** @typedef {{across: Across, weight: number, log: boolean}} View */
/** @typedef {{name: string, pen: Pen, gone: boolean, rows: Rows | null}} Source one run of a chart */

const MARKED = 8;
const TINTS = /** @type {Record<string, string>} */ ({ train: "--c0", val: "--c1" });
const PHASES = /** @type {Record<string, number[]>} */ ({ train: [2, 2.5], val: [] });

/**
 * Draw one metric of several runs.
 * @param {Metric} metric
 * @param {Source[]} sources
 * @param {View} view
 * @returns {Drawing}
 */
export function ofRuns(metric, sources, view) {
  const lines = sources.flatMap((source) => linesOf(metric, source, view, sources.length === 1));
  return { ...frame(metric, view, lines), lines, marks: marks(metric, sources, view) };
}

/**
 * How the phases of these runs are told apart, for a legend.
 * @param {Source[]} sources
 * @returns {{name: string, pen: Pen}[]} nothing where there are no two phases
 */
export function phasesOf(sources) {
  const found = [...new Set(sources.flatMap(({ rows }) => [...new Set(rows?.phase ?? [])]))].filter((phase) => phase !== null);
  if (found.length < 2) return [];
  return found.map((phase) => ({ name: label(phase), pen: sources.length === 1
    ? { colour: Number((TINTS[phase] ?? "--c6").slice(3)), dash: [] } : { colour: 6, dash: PHASES[phase] ?? [] } }));
}

/**
 * Draw one metric of groups: means with bands.
 * @param {Metric} metric
 * @param {{name: string, pen: Pen, band: Band}[]} groups
 * @param {boolean} log
 * @returns {Drawing}
 */
export function ofGroups(metric, groups, log) {
  const lines = groups.map(({ name, pen, band }) => {
    const most = Math.max(0, ...band.n);
    const counts = new Map(band.step.map((step, at) => [step, band.n[at]]));
    return {
      name: `${name} (n = ${most})`, colour: `--c${pen.colour}`, dash: pen.dash, xs: band.step, ys: band.mean,
      band: { xs: band.step, low: band.low, high: band.high },
      note: (/** @type {number} */ step) => (counts.get(step) ?? most) < most ? `(n = ${counts.get(step)})` : "",
    };
  });
  return { ...frame(metric, { across: "step", weight: 0, log }, lines), lines, marks: [] };
}

/** @param {Metric} metric @param {View} view @param {Line[]} lines */
function frame(metric, { across, log }, lines) {
  const clock = across === "time";
  const percent = metric.unit === "fraction";
  const place = clock ? span : (/** @type {number} */ x) => number(x, 6);
  return {
    label: () => sentence(metric, lines, t(across), place), good: metric.good ?? null, log, clock, place,
    across: clock ? t("sinceStart") : across === "epoch" ? t("epochsDone") : t("step"), here: t(across),
    tick: (/** @type {number} */ y) => percent ? `${number(y * 100, 4)} %` : number(y, 4),
    value: (/** @type {number} */ y) => measured(y, percent ? "fraction" : null),
  };
}

/**
 * Say what a chart shows: each line's last value.
 * @param {Metric} metric
 * @param {Line[]} lines
 * @param {string} across
 * @param {(x: number) => string} place
 */
function sentence(metric, lines, across, place) {
  const told = lines.filter((line) => !line.faint).map((line) => {
    const last = line.ys.findLastIndex((y) => y !== null);
    return last < 0 ? line.name : `${line.name}: ${measured(line.ys[last], metric.unit)} (${across} ${place(line.xs[last])})`;
  });
  return `${metric.title ?? metric.metric}. ${told.join("; ")}`;
}

/**
 * The lines of one run. With two phases a run alone has a colour for each, among others a dash.
 * @param {Metric} metric
 * @param {Source} source
 * @param {View} view
 * @param {boolean} alone
 * @returns {Line[]}
 */
function linesOf(metric, { name, pen, gone, rows }, { across, weight }, alone) {
  if (rows === null) return [];
  const found = curves(rows, metric.metric, across, weight);
  const both = found.length > 1;
  return found.flatMap(({ phase, xs, ys, smooth }) => {
    const full = both || phase === "train" ? `${name}, ${label(phase ?? "")}` : name;
    const colour = gone ? "--gone" : both && alone ? TINTS[phase ?? ""] ?? `--c${pen.colour}` : `--c${pen.colour}`;
    const dash = both && !alone ? PHASES[phase ?? ""] ?? pen.dash : pen.dash;
    const line = { name: full, colour, dash, xs, ys: smooth ?? ys };
    return smooth ? [{ ...line, dash: [], ys, faint: true }, line] : [line];
  });
}

/** @param {Metric} metric @param {Source[]} sources @param {View} view */
function marks(metric, sources, { across }) {
  const found = sources.flatMap(({ rows, pen, gone }) => {
    const best = rows?.best?.[metric.metric];
    const x = rows && best ? placeOf(rows, best.step, across) : null;
    return x === null || !best ? [] : [{ x, y: best.value, colour: gone ? "--gone" : `--c${pen.colour}` }];
  });
  if (found.length <= MARKED) return found;
  const sign = metric.direction === "min" ? -1 : 1;
  return [found.reduce((best, mark) => sign * mark.y > sign * best.y ? mark : best)];
}
