// Layer activity: by trunk as it is now, the peak, and over the steps.

import { activity } from "./api.js";
import { find, make, say } from "./elements.js";
import { Heat } from "./heat.js";
import { number } from "./numbers.js";
import { table } from "./table.js";
import { label, t } from "./words.js";

/** @typedef {import("./contract.js").Activity} Activity */
/** @typedef {import("./contract.js").Detail} Detail */
/** @typedef {import("./contract.js").Layer} Layer */

const SHOWN = 8;

/** The section of the layers. */
export class Layers {
  /** @param {(reason: unknown) => void} failed */
  constructor(failed) {
    this.failed = failed;
    this.section = find("layers", HTMLElement);
    this.bars = find("layers-now", HTMLDivElement);
    this.peak = find("layers-peak", HTMLParagraphElement);
    this.drawn = find("layers-drawn", HTMLDivElement);
    this.read = find("layers-read", HTMLDivElement);
    this.flip = find("layers-table", HTMLButtonElement);
    this.heat = new Heat(this.drawn);
    this.activity = /** @type {Activity | null} */ (null);
    this.flip.addEventListener("click", () => this.turn());
  }

  /**
   * Show what a run's last record says, and ask for its past.
   * @param {Detail} detail
   */
  async show(detail) {
    this.now(detail);
    if (!detail.layers.length) return;
    try {
      const found = await activity(detail.id);
      if (this.id !== detail.id) return;
      this.activity = found;
      this.heat.show(found);
      if (!this.read.hidden) this.tell();
    } catch (reason) {
      this.failed(reason);
    }
  }

  /** @param {Detail} detail */
  now(detail) {
    this.id = detail.id;
    this.section.hidden = detail.layers.length === 0;
    const peak = detail.peak_activity;
    say(this.peak, peak ? `${t("peak")}: ${[peak.layer, number(peak.value, 4)].filter(Boolean).join(", ")}` : "");
    const most = Math.max(...detail.layers.map(({ value }) => value ?? 0)) || 1;
    this.bars.replaceChildren(...trunks(detail.layers).map(([trunk, layers]) => make("section", { "aria-label": label(trunk) },
      make("h3", {}, label(trunk)), make("ul", {}, ...layers.map((layer) => bar(layer, most, layer.layer === peak?.layer))))));
  }

  /** Draw again for another theme or language. */
  again() {
    this.heat.redraw();
    if (!this.read.hidden) this.tell();
  }

  /** Change between colours and numbers. */
  turn() {
    const reading = this.read.hidden;
    this.read.hidden = !reading;
    this.drawn.hidden = reading;
    this.flip.setAttribute("aria-pressed", String(reading));
    if (reading) this.tell();
  }

  /** Write some steps as a table, evenly spread, the last among them. */
  tell() {
    if (!this.activity) return;
    const { layers, steps, values } = this.activity;
    const every = Math.max(1, Math.ceil(steps.length / SHOWN));
    const kept = steps.map((_, at) => at).filter((at) => (steps.length - 1 - at) % every === 0);
    this.read.replaceChildren(table([
      { title: t("layer"), cells: layers.map(({ layer }) => layer) },
      ...kept.map((at) => ({ title: number(steps[at]), numeric: true, cells: layers.map((_, row) => number(values[at][row], 4)) })),
    ], t("heat")));
  }
}

/** @param {Layer[]} layers @returns {[string, Layer[]][]} trunk and its layers */
function trunks(layers) {
  /** @type {Map<string, Layer[]>} */
  const found = new Map();
  for (const layer of layers) {
    const trunk = layer.trunk ?? "other";
    found.set(trunk, [...(found.get(trunk) ?? []), layer]);
  }
  return [...found];
}

/** @param {Layer} layer @param {number} most @param {boolean} peak */
function bar({ layer, value }, most, peak) {
  const fill = make("span", { class: "fill" });
  fill.style.width = `${Math.max(0, Math.min(1, (value ?? 0) / most)) * 100}%`;
  return make("li", { class: peak ? "peak" : null },
    make("span", { class: "name" }, layer), make("span", { class: "track", "aria-hidden": "true" }, fill), make("span", { class: "number" }, number(value, 4)));
}
