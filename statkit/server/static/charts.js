// The charts of the runs that are ticked: which metrics, and how they are drawn.

import { compare } from "./api.js";
import { choices, find, make, say } from "./elements.js";
import { ofGroups, ofRuns, phasesOf } from "./drawings.js";
import { number } from "./numbers.js";
import { Panel } from "./panel.js";
import { key } from "./pens.js";
import { titled } from "./cards.js";
import { banded, groups, sideOf } from "./sides.js";
import { t } from "./words.js";

/** @typedef {import("./contract.js").Metric} Metric */
/** @typedef {import("./contract.js").Detail} Detail */
/** @typedef {import("./contract.js").Comparison} Comparison */
/** @typedef {import("./runs.js").Listed} Listed */
/** @typedef {import("./history.js").History} History */
/** @typedef {import("./pens.js").Pens} Pens */
/** @typedef {import("./drawings.js").Source} Source */
/** @typedef {import("./curves.js").Across} Across */

/** The section of the charts. */
export class Charts {
  /**
   * @param {History} history
   * @param {Pens} pens of runs
   * @param {Pens} sides of groups
   * @param {() => void} asked someone wants another metric, whose rows may not be here
   * @param {(reason: unknown) => void} failed
   */
  constructor(history, pens, sides, asked, failed) {
    this.history = history;
    this.pens = pens;
    this.sides = sides;
    this.failed = failed;
    this.place = find("charts-drawn", HTMLDivElement);
    this.legend = find("charts-legend", HTMLUListElement);
    this.empty = find("charts-empty", HTMLParagraphElement);
    this.marks = find("charts-marks", HTMLParagraphElement);
    this.across = find("across", HTMLSelectElement);
    this.smooth = find("smooth", HTMLInputElement);
    this.amount = find("smooth-amount", HTMLOutputElement);
    this.log = find("log", HTMLInputElement);
    this.grouped = find("grouped", HTMLInputElement);
    this.add = find("add", HTMLSelectElement);
    /** @type {Map<string, Panel>} */
    this.panels = new Map();
    /** @type {Map<string, {asked: string, answer: Comparison}>} */
    this.bands = new Map();
    this.told = "";
    this.pooling = false;
    this.chosen = /** @type {string[] | null} */ (null);
    this.runs = /** @type {Listed[]} */ ([]);
    this.detail = /** @type {Detail | null} */ (null);
    this.frame = 0;
    this.listen(asked);
  }

  /** @param {() => void} asked */
  listen(asked) {
    for (const control of [this.across, this.smooth, this.log]) {
      control.addEventListener("input", () => {
        cancelAnimationFrame(this.frame);
        this.frame = requestAnimationFrame(() => this.draw());
      });
    }
    this.grouped.addEventListener("change", () => {
      this.draw();
      this.pool();
    });
    this.add.addEventListener("change", () => {
      if (!this.add.value) return;
      this.chosen = [...this.metrics().map(({ metric }) => metric), this.add.value];
      this.add.value = "";
      asked();
    });
  }

  /** The metrics drawn: those chosen, else the default ones of the run shown in full. @returns {Metric[]} */
  metrics() {
    const known = new Map(this.detail?.metrics.map((metric) => [metric.metric, metric]));
    const wanted = this.chosen?.filter((name) => known.has(name)) ?? [];
    return (wanted.length ? wanted : this.detail?.series_default ?? []).flatMap((name) => known.get(name) ?? []);
  }

  /**
   * What must be here before anything is drawn: metrics by series.
   * @returns {Map<string, string[]>}
   */
  wanted() {
    /** @type {Map<string, string[]>} */
    const found = new Map();
    for (const { metric, series } of this.metrics()) found.set(series, [...(found.get(series) ?? []), metric]);
    return found;
  }

  /**
   * @param {Detail | null} detail of the run shown in full
   * @param {Listed[]} runs on the charts
   */
  show(detail, runs) {
    this.detail = detail;
    this.runs = runs;
    const shown = new Set(this.metrics().map(({ metric }) => metric));
    const more = detail?.metrics.filter(({ metric }) => !shown.has(metric)) ?? [];
    choices(this.add, [["", t("add")], .../** @type {[string, string][]} */ (more.map((metric) => [metric.metric, named(metric)]))], "");
  }

  /** @param {boolean} [again] the theme or the language changed */
  draw(again = false) {
    const metrics = this.metrics();
    say(this.amount, number(Number(this.smooth.value), 2));
    this.across.disabled = this.smooth.disabled = this.grouped.checked;
    this.empty.hidden = metrics.length > 0 && this.runs.length > 0;
    this.place.hidden = this.marks.hidden = !this.empty.hidden;
    for (const [name, panel] of this.panels) {
      if (metrics.some(({ metric }) => metric === name)) continue;
      panel.destroy();
      this.panels.delete(name);
    }
    this.keys();
    for (const metric of metrics) this.panel(metric, again);
  }

  /** @param {Metric} metric @param {boolean} again */
  panel(metric, again) {
    const panel = this.panels.get(metric.metric) ?? this.open(metric.metric);
    const make = () => this.grouped.checked ? this.ofGroups(metric) : this.ofRuns(metric);
    panel.show(titled(metric), metric.unit === "fraction" ? "%" : metric.unit ?? "", this.note(metric), make, again);
  }

  /** @param {string} name @returns {Panel} */
  open(name) {
    const panel = new Panel(() => {
      this.chosen = this.metrics().map(({ metric }) => metric).filter((metric) => metric !== name);
      this.show(this.detail, this.runs);
      this.draw();
      this.add.focus();
    });
    panel.element.dataset.metric = name;
    this.panels.set(name, panel);
    this.place.append(panel.element);
    return panel;
  }

  /** @param {Metric} metric */
  ofRuns(metric) {
    const view = { across: /** @type {Across} */ (this.across.value), weight: Number(this.smooth.value), log: this.log.checked };
    return ofRuns(metric, this.sources(metric.series), view);
  }

  /** The runs and what is here of a series. @param {string} series @returns {Source[]} */
  sources(series) {
    return this.runs.map((run) => ({ name: run.name, pen: this.pens.of(run.id), gone: run.gone, rows: this.history.rows(run.id, series) }));
  }

  /** Groups by their bands; of a metric that no direction judges, by the colours of their runs. @param {Metric} metric */
  ofGroups(metric) {
    if (metric.direction === null) {
      const sources = this.runs.map((run) => ({ name: run.name, pen: this.pen(sideOf(run)), gone: run.gone, rows: this.history.rows(run.id, metric.series) }));
      return ofRuns(metric, sources, { across: "step", weight: 0, log: this.log.checked });
    }
    return ofGroups(metric, banded(this.bands.get(metric.metric)?.answer).map(([name, band]) => ({ name, pen: this.pen(name), band })), this.log.checked);
  }

  /** The pen of a group; a run alone keeps its own. @param {string} name */
  pen(name) {
    const members = groups(this.runs).get(name) ?? [];
    return members.length === 1 ? this.pens.of(members[0]) : this.sides.of(name);
  }

  /** @param {Metric} metric */
  note(metric) {
    const lacking = this.runs.filter((run) => !this.history.rows(run.id, metric.series)?.values[metric.metric]?.some((value) => value !== null));
    const parts = [];
    if (metric.good) parts.push(t("goodRange", { a: number(metric.good[0]), b: number(metric.good[1]) }));
    if (lacking.length) parts.push(t("lacks", { names: lacking.length > 3 ? t("others", { n: lacking.length }) : lacking.map((run) => run.name).join(", ") }));
    return parts.join(" · ");
  }

  /** Say which line is whose, and what the marks mean. */
  keys() {
    const whose = this.grouped.checked
      ? [...groups(this.runs).keys()].map((name) => ({ name, pen: this.pen(name), gone: false }))
      : this.entries();
    const said = JSON.stringify(whose);
    if (said !== this.told) this.legend.replaceChildren(...whose.map(({ name, pen, gone }) => make("li", { class: gone ? "gone" : null }, key(pen), name)));
    this.told = said;
    const marks = this.grouped.checked ? [t("bands")] : [t("bestMark"), t("rewind"), ...(Number(this.smooth.value) ? [t("smoothMark")] : [])];
    say(this.marks, marks.join(" · "));
  }

  /** Runs and phases for the legend; the phases of a run alone have its place. */
  entries() {
    const phases = phasesOf(this.sources(this.metrics()[0]?.series ?? ""));
    if (this.runs.length === 1 && phases.length) return phases.map(({ name, pen }) => ({ name: `${this.runs[0].name}, ${name}`, pen, gone: this.runs[0].gone }));
    return [...this.runs.map((run) => ({ name: run.name, pen: this.pens.of(run.id), gone: run.gone })), ...phases.map((phase) => ({ ...phase, gone: false }))];
  }

  /** Ask for the bands of the groups that changed, one metric after the other. */
  async pool() {
    if (!this.grouped.checked || this.pooling) return;
    this.pooling = true;
    for (const metric of this.metrics()) {
      const members = this.runs.filter((run) => run.series.some(({ name }) => name === metric.series));
      const sides = [...groups(members)];
      const asked = JSON.stringify([sides, members.map((run) => run.last_update)]);
      if (sides.length === 0 || metric.direction === null || this.bands.get(metric.metric)?.asked === asked) continue;
      try {
        this.bands.set(metric.metric, { asked, answer: await compare(sides, metric.metric, "best") });
      } catch (reason) {
        this.bands.delete(metric.metric);
        this.failed(reason);
      }
      if (!this.grouped.checked) break;
      if (this.panels.has(metric.metric)) this.panel(metric, false);
    }
    this.pooling = false;
  }
}

/** @param {Metric} metric */
function named(metric) {
  const title = titled(metric);
  return title === metric.metric ? title : `${title} · ${metric.metric}`;
}
