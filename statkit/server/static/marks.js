// What a chart shows beside its lines: bands of groups, the good range, the best step of each run.

import { ink } from "./pens.js";

/** @typedef {import("./chart.js").Drawing} Drawing */
/** @typedef {() => Drawing | null} Drawn */

const WIDTH = 1.7;

/**
 * The series and bands of a drawing, as uPlot takes them.
 * @param {Drawing} drawing
 */
export function bands(drawing) {
  const series = /** @type {object[]} */ ([{}]);
  const filled = /** @type {object[]} */ ([]);
  for (const line of drawing.lines) {
    const stroke = ink(line.colour);
    if (line.band) {
      filled.push({ series: [series.length, series.length + 1], fill: clear(stroke, 0.18) });
      series.push(...["high", "low"].map((end) => ({ label: `${line.name} ${end}`, width: 0, points: { show: false } })));
    }
    series.push({
      label: line.name,
      stroke: line.faint ? clear(stroke, 0.35) : stroke,
      width: line.faint ? 1 : WIDTH,
      dash: line.dash,
      points: line.faint ? { show: false } : line.xs.length < 40 && drawing.lines.length < 9 ? { show: true, size: 5 } : { size: 4 },
    });
  }
  return { series, bands: filled };
}

/** @param {string} colour as rgb(r, g, b) @param {number} share of it that is seen */
function clear(colour, share) {
  return colour.replace("rgb(", "rgba(").replace(")", `, ${share})`);
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
