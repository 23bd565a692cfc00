// One chart of lines and bands: pointing reads it, dragging zooms, a double click shows all; keys do the same.

import { make, say } from "./elements.js";
import { ink } from "./pens.js";
import { reading } from "./reading.js";
import { bands, best, column, good, styles, wear } from "./marks.js";

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {string} colour custom property of the theme, such as --c0
 * @property {number[]} dash
 * @property {number[]} xs rising
 * @property {(number | null)[]} ys
 * @property {boolean} [faint] drawn behind, not read
 * @property {{xs: number[], low: (number | null)[], high: (number | null)[]}} [band]
 * @property {(x: number) => string} [note] what to say of a point beside its value
 */

/**
 * @typedef {object} Drawing
 * @property {() => string} label what the chart shows, in a sentence, for who cannot see it
 * @property {Line[]} lines
 * @property {{x: number, y: number, colour: string}[]} marks best steps
 * @property {[number, number] | null} good
 * @property {boolean} log
 * @property {string} across name of the axis
 * @property {string} here a short name of the axis
 * @property {(x: number) => string} place writes a place on the axis
 * @property {(y: number) => string} tick writes a value on the axis
 * @property {(y: number) => string} value writes a value
 * @property {boolean} clock whether places are seconds
 */

const HEIGHT = 230;
const LATER = 150;  // ms
const FONT = "11px system-ui, sans-serif";
const SECONDS = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400, 172800, 432800, 864000];

/** A chart in a place of the page. */
export class Chart {
  /** @param {HTMLElement} place @param {string} key charts of one key share cursor and zoom */
  constructor(place, key) {
    this.heard = make("div", { class: "unseen", "aria-live": "polite" });
    this.place = make("div", { class: "plot", tabindex: 0, role: "group" });
    place.append(this.place, this.heard);
    this.key = key;
    this.plot = /** @type {any} */ (null);
    this.shape = "";
    this.styles = /** @type {import("./marks.js").Style[]} */ ([]);
    this.drawing = /** @type {Drawing | null} */ (null);
    this.place.addEventListener("focus", () => this.describe());
    this.place.addEventListener("keydown", (event) => this.press(event));
    this.width = 0;
    this.telling = 0;
    this.sizes = new ResizeObserver(() => this.fit());
    this.sizes.observe(this.place);
  }

  /**
   * Draw; only new values keep the zoom, and what is drawn already is left as it is.
   * @param {Drawing} drawing
   * @param {boolean} again the theme or the language changed
   */
  draw(drawing, again = false) {
    const before = this.drawing;
    this.drawing = drawing;
    this.tell();
    if (drawing.lines.length === 0) {
      this.clear();
      return;
    }
    const kept = this.plot !== null && before !== null && same(before, drawing);
    if (kept && !again) return;
    this.styles = styles(drawing);
    const shape = JSON.stringify([drawing.log, drawing.clock, bands(() => this.styles).map(({ series }) => series)]);
    if (this.plot === null || shape !== this.shape) this.create(drawing, before);
    else if (kept) this.plot.redraw(false, true);
    else this.change(drawing, before);
    this.shape = shape;
  }

  /** @param {Drawing} drawing @param {Drawing | null} before */
  create(drawing, before) {
    const zoom = this.plot !== null && this.zoomed() && before?.across === drawing.across
      ? { min: this.plot.scales.x.min, max: this.plot.scales.x.max } : null;
    this.plot?.destroy();
    this.plot = new uPlot(this.options(drawing), table(drawing), this.place);
    this.dress();
    if (zoom) this.plot.setScale("x", zoom);
  }

  /** Give the chart that is there other lines. @param {Drawing} drawing @param {Drawing | null} before */
  change(drawing, before) {
    const zoomed = this.zoomed() && before?.across === drawing.across;
    while (this.plot.series.length > this.styles.length + 1) this.plot.delSeries(this.plot.series.length - 1);
    while (this.plot.series.length < this.styles.length + 1) this.plot.addSeries(column(() => this.styles));
    this.dress();
    this.plot.setData(table(drawing), !zoomed);
    if (zoomed) this.plot.redraw();
  }

  /** Put the styles on. */
  dress() {
    this.styles.forEach((style, at) => wear(this.plot.series[at + 1], style));
  }

  /** Describe the chart after it is drawn, which takes as long. */
  tell() {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.describe(), LATER);
  }

  /** Write what the chart shows, for who cannot see it. */
  describe() {
    this.place.setAttribute("aria-label", this.drawing?.label() ?? "");
  }

  /** Whether less than everything is shown. */
  zoomed() {
    const xs = this.plot.data[0];
    const { min, max } = this.plot.scales.x;
    return xs.length > 1 && (min > xs[0] || max < xs[xs.length - 1]);
  }

  /** Follow the width of the place. */
  fit() {
    this.width = this.place.clientWidth;
    if (this.plot && this.width && this.width !== this.plot.width) this.plot.setSize({ width: this.width, height: HEIGHT });
  }

  /** Take the lines away. */
  clear() {
    this.plot?.destroy();
    this.plot = null;
  }

  /** Give everything back. */
  destroy() {
    this.clear();
    this.sizes.disconnect();
    clearTimeout(this.telling);
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (!this.plot || event.ctrlKey || event.metaKey || event.altKey) return;
    const { min, max } = this.plot.scales.x;
    const at = this.plot.cursor.idx ?? this.plot.data[0].length - 1;
    const middle = this.plot.data[0][at] ?? (min + max) / 2;
    const zoom = (/** @type {number} */ factor) => this.plot.setScale("x", {
      min: middle - (middle - min) * factor, max: middle + (max - middle) * factor });
    const keys = /** @type {Record<string, () => void>} */ ({
      ArrowLeft: () => this.point(at - 1),
      ArrowRight: () => this.point(this.plot.cursor.idx === null ? at : at + 1),
      Home: () => this.point(0),
      End: () => this.point(this.plot.data[0].length - 1),
      "+": () => zoom(0.5),
      "-": () => zoom(2),
      Escape: () => this.whole(),
    });
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** Show everything. */
  whole() {
    const xs = this.plot.data[0];
    this.plot.setScale("x", { min: xs[0], max: xs[xs.length - 1] });
    this.plot.setCursor({ left: -10, top: -10 });
  }

  /** @param {number} index of a place among all */
  point(index) {
    const x = this.plot.data[0][Math.max(0, Math.min(index, this.plot.data[0].length - 1))];
    if (x === undefined) return;
    const { min, max } = this.plot.scales.x;
    if (x < min || x > max) this.plot.setScale("x", { min: min + x - (x < min ? min : max), max: max + x - (x < min ? min : max) });
    this.plot.setCursor({ left: this.plot.valToPos(x, "x"), top: this.plot.over.clientHeight / 2 });
    say(this.heard, this.plot.root.querySelector(".reading")?.innerText.replaceAll("\n", ", ") ?? "");
  }

  /** @param {Drawing} drawing */
  options(drawing) {
    return {
      width: (this.width ||= this.place.clientWidth) || 480,
      height: HEIGHT,
      legend: { show: false },
      plugins: [good(() => this.drawing), best(() => this.drawing), reading(() => this.drawing)],
      cursor: {
        sync: { key: this.key, setSeries: false },
        drag: { x: true, y: false },
        focus: { prox: -1 },
        dataIdx: nearest,
      },
      scales: { x: { time: false }, y: drawing.log ? { distr: 3 } : { range: ends } },
      axes: [
        axis({ size: 30, label: () => this.drawing?.across ?? "", labelSize: 16, labelGap: 0, labelFont: FONT, values: written((x) => this.drawing?.place(x) ?? ""), ...(drawing.clock ? { incrs: SECONDS } : {}) }),
        axis({ size: 68, values: written((y) => this.drawing?.tick(y) ?? "") }),
      ],
      series: [{}, ...this.styles.map(() => column(() => this.styles))],
      bands: bands(() => this.styles),
    };
  }
}

/** Whether two drawings show the same. @param {Drawing} a @param {Drawing} b */
function same(a, b) {
  return a.lines.length === b.lines.length && a.log === b.log && a.across === b.across
    && JSON.stringify([a.good, a.marks]) === JSON.stringify([b.good, b.marks])
    && a.lines.every((line, at) => {
      const other = b.lines[at];
      return line.xs === other.xs && line.ys === other.ys && line.band?.low === other.band?.low && line.colour === other.colour
        && line.faint === other.faint && String(line.dash) === String(other.dash);
    });
}

/**
 * The ends of an axis: a little beyond the values, and round one value alone.
 * @param {any} _plot
 * @param {number | null} low
 * @param {number | null} high
 */
function ends(_plot, low, high) {
  if (low === null || high === null) return [0, 1];
  const room = high > low ? (high - low) * 0.08 : Math.abs(high) * 0.02 || 1;
  return [low - room, high + room];
}

/** @param {(value: number) => string} write */
function written(write) {
  return (/** @type {any} */ _plot, /** @type {(number | null)[]} */ splits) => splits.map((value) => value === null ? "" : write(value));
}

/** @param {Record<string, unknown>} more */
function axis(more) {
  return {
    stroke: () => ink("--quiet"),
    grid: { stroke: () => ink("--line"), width: 1 },
    ticks: { stroke: () => ink("--line"), width: 1 },
    font: FONT,
    ...more,
  };
}

/**
 * The nearest place where a line has a value.
 * @param {any} plot
 * @param {number} index of the line
 * @param {number} at
 */
function nearest(plot, index, at) {
  const values = plot.data[index];
  if (index === 0 || (values[at] !== undefined && values[at] !== null)) return at;
  for (let off = 1; off < 60; off++) {
    for (const near of [at - off, at + off]) {
      if (values[near] !== undefined && values[near] !== null) return near;
    }
  }
  return at;
}

/**
 * Put all lines on the same places.
 * @param {Drawing} drawing
 */
function table(drawing) {
  const above = (/** @type {(number | null)[]} */ ys) => drawing.log ? ys.map((y) => y !== null && y > 0 ? y : null) : ys;
  const columns = drawing.lines.flatMap((line) => [
    ...(line.band ? [[line.band.xs, above(line.band.high)], [line.band.xs, above(line.band.low)]] : []),
    [line.xs, above(line.ys)],
  ]);
  return uPlot.join(columns);
}
