// What can be taken away: the current snapshot as it is on disk, all steps, the report, figures.

import { address } from "./api.js";
import { choices, find, make } from "./elements.js";
import { titled } from "./cards.js";
import { t } from "./words.js";

/** @typedef {import("./contract.js").Detail} Detail */

const SERIES = /** @type {const} */ ([["export.csv", "csv"], ["export.parquet", "parquet"], ["export.json", "json"], ["report.html", "report"]]);
const FIGURES = /** @type {const} */ ([["figure.png", "png"], ["figure.svg", "svg"]]);

/** The section of the downloads, and the button in the head of the run. */
export class Downloads {
  constructor() {
    this.snapshots = [find("snapshot", HTMLAnchorElement), find("snapshot-again", HTMLAnchorElement)];
    this.files = find("download-files", HTMLDivElement);
    this.figures = find("download-figures", HTMLSpanElement);
    this.metric = find("download-metric", HTMLSelectElement);
    this.detail = /** @type {Detail | null} */ (null);
    this.metric.addEventListener("change", () => this.draw());
  }

  /** @param {Detail} detail */
  show(detail) {
    this.detail = detail;
    const wanted = detail.metrics.some(({ metric }) => metric === this.metric.value) ? this.metric.value : detail.series_default[0];
    choices(this.metric, detail.metrics.map((metric) => [metric.metric, titled(metric)]), wanted);
    this.draw();
  }

  /** Write the addresses. */
  draw() {
    if (!this.detail) return;
    const { id } = this.detail;
    for (const link of this.snapshots) link.setAttribute("href", address(id, "snapshot"));
    this.files.replaceChildren(...SERIES.map(([file, word]) => button(address(id, file), t(word))));
    const query = new URLSearchParams({ metric: this.metric.value });
    this.figures.replaceChildren(...FIGURES.map(([file, word]) => button(`${address(id, file)}?${query}`, t(word))));
  }
}

/** @param {string} href @param {string} text */
function button(href, text) {
  return make("a", { class: "button", href, download: true }, text);
}
