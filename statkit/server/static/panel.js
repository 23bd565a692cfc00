// One chart with its title, its legend of marks, and a table of the same numbers for who prefers to read them.

import { Chart } from "./chart.js";
import { make, say } from "./elements.js";
import { soon } from "./queue.js";
import { table } from "./table.js";
import { t } from "./words.js";

/** @typedef {import("./chart.js").Drawing} Drawing */

/** Rows of the table at most, and cells that are written at once. */
const [MOST, CELLS] = [400, 600];

/** A figure on the page. */
export class Panel {
  /** @param {((panel: Panel) => void) | null} remove called when someone takes the chart away */
  constructor(remove) {
    this.title = make("span", { class: "name" });
    this.unit = make("span", { class: "unit" });
    this.switch = make("button", { type: "button", "aria-pressed": "false" });
    this.switch.addEventListener("click", () => this.flip());
    this.close = make("button", { type: "button", class: "close" }, "×");
    this.close.addEventListener("click", () => remove?.(this));
    this.place = make("div", { class: "drawn" });
    this.read = make("div", { class: "read", hidden: true });
    this.note = make("p", { class: "note" });
    this.element = make("figure", {},
      make("figcaption", {}, make("span", { class: "of" }, this.title, this.unit), this.switch, remove ? this.close : null),
      this.place, this.read, this.note);
    this.chart = new Chart(this.place, remove ? "charts" : "compare");
    this.drawing = /** @type {Drawing | null} */ (null);
    this.make = /** @type {(() => Drawing) | null} */ (null);
    this.again = false;
    this.near = false;
    this.seen = false;
    this.pages = 1;
    this.watches = [
      new IntersectionObserver((entries) => { this.seen = entries[entries.length - 1].isIntersecting; }),
      new IntersectionObserver((entries) => this.see(entries[entries.length - 1].isIntersecting), { rootMargin: "120px" }),
    ];
    for (const watch of this.watches) watch.observe(this.element);
    this.ended = new AbortController();
    addEventListener("beforeprint", () => this.draw(), { signal: this.ended.signal });
  }

  /**
   * Show a chart: now if it is in sight, else as soon as it is.
   * @param {string} title
   * @param {string} unit
   * @param {string} note
   * @param {() => Drawing} make
   * @param {boolean} [again] the theme or the language changed
   */
  show(title, unit, note, make, again = false) {
    say(this.title, title);
    say(this.unit, unit && ` (${unit})`);
    say(this.note, note);
    this.make = make;
    this.again ||= again;
    if (this.near) soon(this);
  }

  /** @param {boolean} near */
  see(near) {
    this.near = near;
    if (near && this.make) soon(this);
  }

  /** Draw what was asked for last. */
  draw() {
    if (this.make === null || !this.element.isConnected) return;
    const [drawing, again, title] = [this.make(), this.again, this.title.textContent ?? ""];
    this.make = null;
    this.again = false;
    this.drawing = drawing;
    this.switch.setAttribute("aria-label", t(this.read.hidden ? "tableOf" : "chartOf", { name: title }));
    say(this.switch, t("table"));
    this.close.setAttribute("aria-label", t("remove", { name: title }));
    if (this.read.hidden) this.chart.draw(drawing, again);
    else this.tell();
  }

  /** Give everything back. */
  destroy() {
    for (const watch of this.watches) watch.disconnect();
    this.ended.abort();
    this.chart.destroy();
    this.element.remove();
  }

  /** Change between chart and table. */
  flip() {
    const reading = this.read.hidden;
    this.read.hidden = !reading;
    this.place.hidden = reading;
    this.switch.setAttribute("aria-pressed", String(reading));
    this.draw();
    if (this.drawing === null) return;
    if (reading) this.tell();
    else this.chart.draw(this.drawing, true);
  }

  /** Write the numbers of the chart as a table. */
  tell() {
    if (this.drawing === null) return;
    const { lines, across, place, value } = this.drawing;
    const kept = lines.filter((line) => !line.faint);
    const xs = [...new Set(kept.flatMap((line) => line.xs.filter((_, at) => line.ys[at] !== null)))].sort((a, b) => a - b);
    const rows = Math.min(MOST, this.pages * Math.max(20, Math.floor(CELLS / (kept.length + 1))));
    const shown = xs.slice(-rows);
    const columns = kept.map((line) => {
      const known = new Map(line.xs.map((x, at) => [x, line.ys[at]]));
      return { title: line.name, numeric: true, cells: shown.map((x) => written(known.get(x), value)) };
    });
    const above = this.read.querySelector(".wide")?.scrollTop ?? 0;
    const made = table([{ title: across, numeric: true, cells: shown.map(place) }, ...columns], this.title.textContent ?? "");
    this.read.replaceChildren(xs.length > rows ? this.earlier(xs.length - rows, rows < MOST) : "", made);
    if (above) made.scrollTop = above;
  }

  /** What stands above a table that does not have all rows. @param {number} left @param {boolean} more whether it may have more */
  earlier(left, more) {
    if (!more) return make("p", { class: "note" }, t("rowsLeft", { n: left }));
    const button = make("button", { type: "button" }, t("earlier", { n: left }));
    button.addEventListener("click", () => {
      this.pages += 1;
      this.tell();
      this.read.querySelector("button")?.focus();
    });
    return button;
  }
}

/** @param {number | null | undefined} y @param {(y: number) => string} write */
function written(y, write) {
  return y === null || y === undefined ? "–" : write(y);
}
