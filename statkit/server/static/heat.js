// The activity of layers over the steps as colours: layers down, steps across.

import { make, say } from "./elements.js";
import { number } from "./numbers.js";
import { ink } from "./pens.js";
import { soon } from "./queue.js";
import { legend, shade } from "./ramp.js";
import { t } from "./words.js";

/** @typedef {import("./contract.js").Activity} Activity */

const ROW = 17;
const FOOT = 20;
const GAP = 5;
const FONT = "11px system-ui, sans-serif";

/** A heat map that is read by pointing, or with the arrow keys. */
export class Heat {
  /** @param {HTMLElement} place */
  constructor(place) {
    this.canvas = make("canvas", { tabindex: 0, role: "img" });
    this.read = make("p", { class: "note", "aria-live": "polite" });
    this.low = make("span", {});
    this.high = make("span", {});
    const ramp = make("canvas", { class: "ramp", role: "presentation" });
    legend(ramp);
    this.scale = make("div", { class: "scale" }, this.low, ramp, this.high);
    this.place = make("div", {}, this.canvas);
    place.append(this.place, make("div", { class: "line" }, this.read, this.scale));
    this.activity = /** @type {Activity | null} */ (null);
    this.cell = [0, 0];
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => say(this.read, this.bins()));
    this.canvas.addEventListener("keydown", (event) => this.press(event));
    this.width = 0;
    this.seen = false;
    this.stale = false;
    new ResizeObserver(([entry]) => {
      this.width = Math.floor(entry.contentRect.width);
      this.redraw();
    }).observe(this.place);
    new IntersectionObserver((entries) => {
      this.seen = entries[entries.length - 1].isIntersecting;
      if (this.seen && this.stale) soon(this);
    }, { rootMargin: "300px" }).observe(place);
    addEventListener("beforeprint", () => this.draw());
  }

  /** @param {Activity} activity */
  show(activity) {
    this.activity = activity;
    this.redraw();
    say(this.read, this.bins());
  }

  /** Draw anew: now if it is in sight, else as soon as it is. */
  redraw() {
    this.stale = true;
    if (this.seen) soon(this);
  }

  /** How many snapshots share a column. */
  bins() {
    const bins = this.activity?.bins;
    return typeof bins === "number" && bins > 1 ? t("thinned", { n: bins }) : "";
  }

  /** Rows from the top: where each layer begins, a gap between trunks. */
  tops() {
    let top = 0;
    return (this.activity?.layers ?? []).map(({ trunk }, row, layers) => {
      if (row && trunk !== layers[row - 1].trunk) top += GAP;
      top += ROW;
      return top - ROW;
    });
  }

  /** Least and greatest value there is. */
  range() {
    let [low, high] = [Infinity, -Infinity];
    for (const column of this.activity?.values ?? []) {
      for (const value of column) {
        if (value === null) continue;
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
    return [low, high];
  }

  /** Draw for the width and the theme of now. */
  draw() {
    const width = this.width;
    if (!this.activity || !this.activity.steps.length || !width) return;
    this.stale = false;
    const { layers, steps } = this.activity;
    const [tops, [low, high]] = [this.tops(), this.range()];
    const height = tops[tops.length - 1] + ROW;
    this.left = Math.min(130, width * 0.3);
    const context = sized(this.canvas, width, height + FOOT);
    context.font = FONT;
    context.textBaseline = "middle";
    context.fillStyle = ink("--quiet");
    layers.forEach(({ layer }, row) => context.fillText(short(context, layer, /** @type {number} */ (this.left) - 8), 0, tops[row] + ROW / 2));
    this.paint(context, width, tops, low, high);
    context.fillStyle = ink("--quiet");
    context.fillText(`${t("step")} ${number(steps[0])}`, this.left, height + FOOT / 2 + 2);
    context.textAlign = "right";
    if (steps.length > 1) context.fillText(number(steps[steps.length - 1]), width, height + FOOT / 2 + 2);
    say(this.low, `${t("low")} ${number(low, 3)}`);
    say(this.high, `${t("high")} ${number(high, 3)}`);
    this.canvas.setAttribute("aria-label", `${t("heat")}: ${layers.length} × ${steps.length}, ${number(low, 3)} – ${number(high, 3)}`);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} width
   * @param {number[]} tops
   * @param {number} low
   * @param {number} high
   */
  paint(context, width, tops, low, high) {
    const { steps, values, layers } = /** @type {Activity} */ (this.activity);
    const left = /** @type {number} */ (this.left);
    const cells = make("canvas", { width: steps.length, height: layers.length });
    const small = /** @type {CanvasRenderingContext2D} */ (cells.getContext("2d"));
    const pixels = small.createImageData(steps.length, layers.length);
    values.forEach((column, at) => column.forEach((value, row) => {
      const share = value === null ? null : high === low ? 0.5 : (value - low) / (high - low);
      pixels.data.set([...shade(share), 255], (row * steps.length + at) * 4);
    }));
    small.putImageData(pixels, 0, 0);
    context.imageSmoothingEnabled = false;
    tops.forEach((top, row) => context.drawImage(cells, 0, row, steps.length, 1, left, top, width - left, ROW - 1));
  }

  /** @param {PointerEvent} event */
  point(event) {
    if (!this.activity) return;
    const left = this.left ?? 0;
    const column = Math.floor((event.offsetX - left) / (this.canvas.clientWidth - left) * this.activity.steps.length);
    const row = this.tops().findLastIndex((top) => event.offsetY >= top);
    this.say(column, row);
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const [column, row] = this.cell;
    const keys = /** @type {Record<string, number[]>} */ ({
      ArrowLeft: [column - 1, row], ArrowRight: [column + 1, row], ArrowUp: [column, row - 1], ArrowDown: [column, row + 1] });
    const next = keys[event.key];
    if (!next || !this.activity) return;
    event.preventDefault();
    this.say(Math.max(0, Math.min(next[0], this.activity.steps.length - 1)), Math.max(0, Math.min(next[1], this.activity.layers.length - 1)));
  }

  /** @param {number} column @param {number} row */
  say(column, row) {
    const { layers, steps, values } = /** @type {Activity} */ (this.activity);
    if (!(column in steps) || !(row in layers)) return;
    this.cell = [column, row];
    say(this.read, `${layers[row].layer}, ${t("step")} ${number(steps[column])}: ${number(values[column][row], 4)}`);
  }
}

/** @param {HTMLCanvasElement} canvas @param {number} width @param {number} height in CSS pixels */
function sized(canvas, width, height) {
  const ratio = devicePixelRatio;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.scale(ratio, ratio);
  return context;
}

/** @param {CanvasRenderingContext2D} context @param {string} text @param {number} most pixels */
function short(context, text, most) {
  if (context.measureText(text).width <= most) return text;
  let kept = [...text].slice(0, 60);
  while (kept.length && context.measureText(`${kept.join("")}…`).width > most) kept = kept.slice(0, -1);
  return `${kept.join("")}…`;
}
