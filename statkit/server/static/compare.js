// Runs compared: who stands on which side, the curves with their bands, and the verdict.

import { compare, plain } from "./api.js";
import { choices, find, make, say } from "./elements.js";
import { ofGroups } from "./drawings.js";
import { chance, difference, measured, number } from "./numbers.js";
import { Panel } from "./panel.js";
import { key } from "./pens.js";
import { table } from "./table.js";
import { titled } from "./cards.js";
import { banded, sideOf } from "./sides.js";
import { label, language, t } from "./words.js";

/** @typedef {import("./contract.js").Comparison} Comparison */
/** @typedef {import("./contract.js").Detail} Detail */
/** @typedef {import("./contract.js").Metric} Metric */
/** @typedef {import("./runs.js").Listed} Listed */
/** @typedef {import("./pens.js").Pens} Pens */

const OUT = "";
const USUAL = ["quality_ki_value", "ki_quality", "quality_ki", "quality.ki", "loss"];

/** The section of the comparison. */
export class Comparing {
  /**
   * @param {Pens} pens of runs
   * @param {Pens} sides of groups
   * @param {(reason: unknown) => void} failed
   */
  constructor(pens, sides, failed) {
    this.pens = pens;
    this.sides = sides;
    this.failed = failed;
    this.section = find("compare", HTMLElement);
    this.members = find("compare-members", HTMLUListElement);
    this.metric = find("compare-metric", HTMLSelectElement);
    this.at = find("compare-at", HTMLSelectElement);
    this.baseline = find("compare-baseline", HTMLSelectElement);
    this.answer = find("compare-answer", HTMLDivElement);
    this.said = find("compare-said", HTMLParagraphElement);
    this.panel = new Panel(null);
    find("compare-chart", HTMLDivElement).append(this.panel.element);
    this.panel.element.hidden = true;
    this.legend = make("ul", { class: "legend" });
    this.panel.element.firstElementChild?.after(this.legend);
    /** @type {Map<string, string>} */
    this.side = new Map();
    this.runs = /** @type {Listed[]} */ ([]);
    this.detail = /** @type {Detail | null} */ (null);
    this.asked = "";
    this.listed = "";
    this.busy = false;
    this.drawn = /** @type {{answer: Comparison, metric: Metric} | null} */ (null);
    for (const control of [this.metric, this.at, this.baseline]) control.addEventListener("change", () => this.ask());
    find("compare-groups", HTMLButtonElement).addEventListener("click", () => this.preset(sideOf));
    find("compare-runs", HTMLButtonElement).addEventListener("click", () => this.preset((run) => plain(run.name)));
    this.seen = false;
    new IntersectionObserver((entries) => this.see(entries.some((entry) => entry.isIntersecting)), { rootMargin: "200px" }).observe(this.section);
  }

  /** Ask only for what someone looks at. @param {boolean} seen */
  see(seen) {
    this.seen = seen;
    if (!seen) return;
    this.arrange();
    this.ask();
  }

  /**
   * @param {Detail | null} detail
   * @param {Listed[]} runs on the charts
   */
  show(detail, runs) {
    this.detail = detail;
    const series = new Set(detail?.metrics.map((metric) => metric.series));
    this.runs = runs.filter((run) => !run.gone && run.series.some(({ name }) => series.has(name)));
    for (const run of this.runs) if (!this.side.has(run.id)) this.side.set(run.id, sideOf(run));
    const judged = (detail?.metrics ?? []).filter((metric) => metric.direction !== null);
    const usual = this.metric.value || USUAL.find((name) => judged.some(({ metric }) => metric === name)) || judged[0]?.metric;
    choices(this.metric, judged.map((metric) => [metric.metric, titled(metric)]), usual);
    choices(this.at, [["best", t("atBest")], ["last", t("atLast")], ["auc", t("atAuc")]]);
    if (!this.seen) return;
    this.arrange();
    this.ask();
  }

  /** List the runs where they are others. */
  arrange() {
    const listed = `${language()} ${this.runs.map((run) => run.id).join(" ")}`;
    if (listed !== this.listed) this.list();
    this.listed = listed;
  }

  /** @param {(run: Listed) => string} of the side of a run */
  preset(of) {
    for (const run of this.runs) this.side.set(run.id, of(run));
    this.list();
    this.ask();
  }

  /** List the runs with their sides. */
  list() {
    const sides = this.names();
    const every = [...new Set([...this.runs.map((run) => sideOf(run)), "A", "B", "C"])].sort();
    this.members.replaceChildren(...this.runs.map((run) => {
      const select = make("select", { "aria-label": `${t("side")}: ${run.name}` });
      const mine = this.side.get(run.id) ?? OUT;
      choices(select, [.../** @type {[string, string][]} */ ([...new Set([...every, mine])].filter(Boolean).map((name) => [name, name])), [OUT, t("leftOut")]], mine);
      select.addEventListener("change", () => {
        this.side.set(run.id, select.value);
        choices(this.baseline, this.names().map((name) => [name, name]));
        this.ask();
      });
      return make("li", {}, key(this.pens.of(run.id)), make("span", { class: "name" }, run.name), select);
    }));
    choices(this.baseline, sides.map((name) => [name, name]));
  }

  /** The sides that have runs. */
  names() {
    return [...new Set(this.runs.map((run) => this.side.get(run.id) ?? OUT).filter(Boolean))];
  }

  /** Ask for the comparison, if it is another or its runs changed. */
  async ask() {
    if (!this.seen || this.busy) return;
    const sides = this.sided();
    if (sides.length === 0 || !this.metric.value) {
      say(this.said, t("needTwo"));
      this.answer.replaceChildren();
      this.panel.element.hidden = true;
      return;
    }
    const asked = JSON.stringify([sides, this.metric.value, this.at.value, this.runs.map((run) => run.last_update)]);
    if (asked === this.asked) return;
    this.asked = asked;
    this.busy = true;
    if (this.drawn === null) say(this.said, t("comparing"));
    await this.fetch(sides);
    this.busy = false;
    this.ask();
  }

  /** Sides and their runs, the baseline first. @returns {[string, string[]][]} */
  sided() {
    const found = this.names().map((name) => /** @type {[string, string[]]} */ (
      [name, this.runs.filter((run) => this.side.get(run.id) === name).map((run) => run.id)]));
    return found.sort(([a], [b]) => Number(b === this.baseline.value) - Number(a === this.baseline.value));
  }

  /** @param {[string, string[]][]} sides */
  async fetch(sides) {
    const metric = this.detail?.metrics.find((known) => known.metric === this.metric.value);
    if (!metric) return;
    try {
      const answer = await compare(sides, metric.metric, this.at.value);
      this.drawn = { answer, metric };
      this.draw();
    } catch (reason) {
      this.answer.replaceChildren();
      this.panel.element.hidden = true;
      say(this.said, reason instanceof Error ? reason.message : String(reason));
    }
  }

  /** The pen of a side; a run alone keeps its own. @param {string} name */
  pen(name) {
    const members = this.runs.filter((run) => this.side.get(run.id) === name);
    return members.length === 1 ? this.pens.of(members[0].id) : this.sides.of(name);
  }

  /** @param {boolean} [again] the theme or the language changed */
  draw(again = false) {
    if (this.drawn === null) return;
    const { answer, metric } = this.drawn;
    say(this.said, verdicts(answer));
    this.answer.replaceChildren(...tables(answer, metric));
    const bands = banded(answer).map(([name, band]) => ({ name, pen: this.pen(name), band }));
    this.panel.element.hidden = bands.length === 0;
    this.legend.replaceChildren(...bands.map(({ name, pen, band }) => make("li", {}, key(pen), `${name} (n = ${Math.max(0, ...band.n)})`)));
    if (bands.length) this.panel.show(titled(metric), metric.unit === "fraction" ? "%" : metric.unit ?? "", t("bands"), () => ofGroups(metric, bands, false), again);
  }
}

/** @param {Comparison} answer */
function verdicts(answer) {
  return answer.comparisons.map(({ candidate, baseline, verdict }) => `${candidate} – ${baseline}: ${label(verdict)}`).join(". ");
}

/** @param {Comparison} answer @param {Metric} metric @returns {Node[]} */
function tables(answer, metric) {
  const found = /** @type {Node[]} */ ([groups(answer, metric)]);
  if (answer.comparisons.length) found.push(...pairs(answer, metric));
  else if (answer.noise_floor) found.push(make("h3", {}, t("noiseFloor")), ...floor(answer, metric), make("p", { class: "note" }, answer.noise_floor.note));
  for (const warning of answer.warnings ?? []) found.push(make("p", { class: "note" }, warning.message));
  return found;
}

/** @param {[number, number] | null} ends @param {(value: number) => string} write */
function interval(ends, write) {
  return ends === null ? "–" : `[${write(ends[0])}, ${write(ends[1])}]`;
}

/** @param {Comparison} answer @param {Metric} metric */
function groups({ groups, comparisons, direction }, metric) {
  const write = (/** @type {number | null} */ value) => measured(value, metric.unit);
  const won = new Set(groups.flatMap(({ group }, row) =>
    comparisons.some(({ candidate, verdict }) => candidate === group && verdict === "better") ? [row] : []));
  if (comparisons.length && comparisons.every(({ verdict }) => verdict === "worse")) won.add(0);
  return table([
    { title: t("side"), cells: groups.map(({ group }) => group) },
    { title: t("n"), numeric: true, cells: groups.map(({ n }) => number(n)) },
    { title: t("mean"), numeric: true, cells: groups.map(({ mean }) => write(mean)) },
    { title: t("interval"), numeric: true, cells: groups.map(({ ci }) => interval(ci, write)) },
    { title: t("iqm"), numeric: true, cells: groups.map(({ iqm }) => write(iqm)) },
  ], `${titled(metric)}: ${t(direction === "max" ? "higher" : "lower")}`, won);
}

/** @param {Comparison} answer @param {Metric} metric @returns {Node[]} */
function pairs({ comparisons }, metric) {
  const write = (/** @type {number | null} */ value) => difference(value, metric.unit);
  const columns = [
    { title: t("candidate"), cells: comparisons.map(({ candidate }) => candidate) },
    { title: t("diff"), numeric: true, cells: comparisons.map((pair) => write(pair.difference)) },
    { title: t("interval"), numeric: true, cells: comparisons.map(({ ci }) => interval(ci, write)) },
    { title: t("pBetter"), numeric: true, cells: comparisons.map((pair) => number(pair.probability_of_improvement, 3)) },
    { title: t("hedges"), numeric: true, cells: comparisons.map((pair) => number(pair.hedges_g, 3)) },
    { title: t("p"), numeric: true, cells: comparisons.map((pair) => `${chance(pair.p_value)} (${chance(pair.p_value_attainable)})`) },
    { title: t("verdict"), cells: comparisons.map(({ verdict }) => make("span", { class: `verdict is-${verdict}` }, label(verdict))) },
  ];
  return [table(columns, t("compare")), ...comparisons.map(({ candidate, verdict, reason }) =>
    make("p", { class: "note" }, `${candidate}: ${label(verdict)}: ${reason}`))];
}

/** @param {Comparison} answer @param {Metric} metric @returns {Node[]} */
function floor({ noise_floor }, metric) {
  const needed = noise_floor?.runs_needed ?? [];
  return needed.length === 0 ? [] : [table([
    { title: t("diff"), numeric: true, cells: needed.map((need) => difference(need.difference, metric.unit)) },
    { title: t("runsNeeded"), numeric: true, cells: needed.map((need) => number(need.runs_per_side)) },
  ], t("noiseFloor"))];
}
