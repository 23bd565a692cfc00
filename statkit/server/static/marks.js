// What a chart shows beside its lines: bands of groups, the good range, the best step of each run.

import { ink } from "./pens.js";

/** @typedef {import("./chart.js").Drawing} Drawing */
/** @typedef {() => Drawing | null} Drawn */

/**
 * How one column of a chart is drawn: a line, or an end of a band, which is not drawn itself.
 * @typedef {{colour: string, share: number, width: number, dash: number[], dots: "none" | "all" | "some"}} Style
 */

const WIDTH = 1.7;
const FEW = [40, 9];
const END = /** @type {Style} */ ({ colour: "", share: 0, width: 0, dash: [], dots: "none" });

/**
 * The styles of all columns after the places: each line, and before it the two ends of its band.
 * @param {Drawing} drawing
 * @returns {Style[]}
 */
export function styles({ lines }) {
  return lines.flatMap(({ colour, dash, faint, xs, band }) => {
    const dots = faint ? "none" : xs.length < FEW[0] && lines.length < FEW[1] ? "all" : "some";
    const style = /** @type {Style} */ ({ colour, share: faint ? 0.35 : 1, width: faint ? 1 : WIDTH, dash, dots });
    return band ? [END, END, style] : [style];
  });
}

/**
 * A column as uPlot takes it; it asks for its style whenever it is drawn, so that another style is no other chart.
 * @param {() => Style[]} worn
 */
export function column(worn) {
  const style = (/** @type {number} */ at) => worn()[at - 1] ?? END;
  return {
    stroke: (/** @type {any} */ _plot, /** @type {number} */ at) => style(at).share ? clear(ink(style(at).colour), style(at).share) : null,
    points: { show: (/** @type {any} */ plot, /** @type {number} */ at) => dotted(plot, at, style(at)), fill: () => ink("--paper") },
  };
}

/**
 * Put on what uPlot does not ask for.
 * @param {any} series of uPlot
 * @param {Style} style
 */
export function wear(series, { width, dash, dots }) {
  series.width = width;
  series.dash = dash;
  series.points.size = dots === "all" ? 5 : 4;
}

/**
 * Where the bands are filled: between the columns of their two ends.
 * @param {() => Style[]} worn
 */
export function bands(worn) {
  const ends = worn().flatMap((style, at, every) => style === END && every[at + 1] === END ? [at + 1] : []);
  return ends.map((at) => ({ series: [at, at + 1], fill: () => clear(ink(worn()[at + 1].colour), 0.18) }));
}

/** Points stand where there is room for them. @param {any} plot @param {number} at @param {Style} style */
function dotted(plot, at, { dots }) {
  if (dots !== "some") return dots === "all";
  const [first, last] = plot.series[0].idxs;
  return last - first <= plot.bbox.width / (plot.series[at].points.space * devicePixelRatio);
}

/** @param {string} colour as rgb(r, g, b) @param {number} share of it that is seen */
function clear(colour, share) {
  return share === 1 ? colour : colour.replace("rgb(", "rgba(").replace(")", `, ${share})`);
}

/** A ring round the best step of each run. @param {Drawn} drawn */
export function best(drawn) {
  const draw = (/** @type {any} */ plot) => {
    for (const mark of drawn()?.marks ?? []) {
      const [x, y] = [plot.valToPos(mark.x, "x", true), plot.valToPos(mark.y, "y", true)];
      const { left, top, width, height } = plot.bbox;
      if (x < left - 1 || x > left + width + 1 || y < top - 1 || y > top + height + 1) continue;
      const context = plot.ctx;
      context.save();
      context.beginPath();
      context.arc(x, y, 5 * devicePixelRatio, 0, 2 * Math.PI);
      context.fillStyle = ink("--paper");
      context.fill();
      context.lineWidth = 2 * devicePixelRatio;
      context.strokeStyle = ink(mark.colour);
      context.stroke();
      context.restore();
    }
  };
  return { hooks: { draw } };
}

/** The good range, shaded behind the lines. @param {Drawn} drawn */
export function good(drawn) {
  const drawAxes = (/** @type {any} */ plot) => {
    const range = drawn()?.good;
    if (!range) return;
    const { left, top, width, height } = plot.bbox;
    const inside = (/** @type {number} */ y) => Math.min(Math.max(y, top), top + height);
    const [low, high] = range.map((end) => inside(plot.valToPos(end, "y", true)));
    if (!(low > high)) return;
    plot.ctx.save();
    plot.ctx.fillStyle = ink("--good");
    plot.ctx.fillRect(left, high, width, low - high);
    plot.ctx.restore();
  };
  return { hooks: { drawAxes } };
}
