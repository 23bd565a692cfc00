// The page: fetches what changed, and hands it to the sections.

import * as api from "./api.js";
import { Head, carded, cards } from "./cards.js";
import { Charts } from "./charts.js";
import { chosen as wanted, keep } from "./choice.js";
import { Comparing } from "./compare.js";
import { Downloads } from "./downloads.js";
import { find, say } from "./elements.js";
import { findings } from "./findings.js";
import { History } from "./history.js";
import { Pictures } from "./images.js";
import { Layers } from "./layers.js";
import { MOST, Pens } from "./pens.js";
import { soon } from "./queue.js";
import { RunList } from "./runs.js";
import { label, t } from "./words.js";

/** @typedef {import("./contract.js").Detail} Detail */
/** @typedef {import("./contract.js").Summary} Summary */
/** @typedef {import("./runs.js").Listed} Listed */

/** What the list lacks of a run that cannot be read. */
const BARE = { format: "", last_update: null, age_s: null, step: null, metric: null, value: null, best: null };

/** Changes that come closer together than this are shown together, in ms. */
const TOGETHER = 150;

/** Everything there is to see, and what was chosen of it. */
export class Page {
  constructor() {
    const failed = this.failed.bind(this);
    const [pens, sides] = [new Pens(), new Pens()];
    const before = wanted();
    this.history = new History();
    this.charts = new Charts(this.history, pens, sides, () => this.remember(), failed);
    this.comparing = new Comparing(pens, sides, failed);
    this.pictures = new Pictures(pens, failed);
    this.layers = new Layers(failed);
    this.downloads = new Downloads();
    this.head = new Head(find("head", HTMLElement));
    this.list = new RunList(find("runs-list", HTMLUListElement), pens, this.choose.bind(this), this.tick.bind(this));
    this.said = find("said", HTMLParagraphElement);
    this.alarm = find("alarm", HTMLParagraphElement);
    /** @type {Map<string, Listed>} */
    this.runs = new Map();
    /** @type {Map<string, Detail>} */
    this.details = new Map();
    /** @type {Set<string>} */
    this.changed = new Set();
    this.chosen = before.run;
    this.on = before.on && new Set(before.on);
    this.charts.chosen = before.metrics;
    this.busy = false;
    this.due = false;
    this.revision = -1;
    this.missed = false;
    this.translated = false;
    this.below = { draw: () => this.rest() };
  }

  /** The runs on the charts: those ticked, else all that hold what the run shown in full holds. @returns {Listed[]} */
  ticked() {
    const every = [...this.runs.values()];
    if (this.on) return every.filter((run) => this.on?.has(run.id));
    const series = new Set((this.chosen === null ? undefined : this.runs.get(this.chosen))?.series.map(({ name }) => name));
    return every.filter((run) => series.size === 0 || run.series.some(({ name }) => series.has(name))).slice(0, MOST);
  }

  /** @param {string} id */
  choose(id) {
    this.chosen = id;
    this.changed.add(id);
    const known = this.details.get(id);
    if (known) this.show(known);
    this.remember();
  }

  /** @param {string} id @param {boolean} on */
  tick(id, on) {
    this.on ??= new Set(this.ticked().map((run) => run.id));
    if (on) this.on.add(id);
    else this.on.delete(id);
    this.remember();
  }

  /** @param {boolean} every all runs on the charts, or none */
  tickAll(every) {
    this.on = every ? null : new Set();
    this.remember();
  }

  /** Keep what was chosen in the address, and show it. */
  remember() {
    keep({ run: this.chosen, on: this.on && [...this.on], metrics: this.charts.chosen });
    this.draw();
    this.update();
  }

  /**
   * Fetch what is new; while that goes on, one more time is enough for all that changes meanwhile.
   * @param {Iterable<string>} ids of runs that changed
   */
  async update(ids = []) {
    for (const id of ids) this.changed.add(id);
    this.due = true;
    if (this.busy) return;
    this.busy = true;
    while (this.due) {
      this.due = false;
      try {
        await this.fetch();
        this.alarm.hidden = true;
      } catch (reason) {
        this.failed(reason);
      }
    }
    this.busy = false;
  }

  /** Fetch the list, the run that is shown in full, and the rows of the charts. */
  async fetch() {
    const changed = this.changed;
    this.changed = new Set();
    const before = this.standing();
    const answer = await api.runs();
    this.revision = answer.revision;
    this.merge(answer.runs);
    this.list.show(this.runs, this.chosen, new Set(this.ticked().map((run) => run.id)));
    const run = this.chosen === null ? undefined : this.runs.get(this.chosen);
    const due = run !== undefined && !run.gone && (changed.has(run.id) || !this.details.has(run.id));
    if (due) this.details.set(run.id, await api.run(run.id));
    const detail = run && this.details.get(run.id);
    this.charts.show(detail ?? null, this.ticked());
    const more = await this.rows(changed, detail);
    if (!due && !more && before === this.standing()) return;
    if (detail) this.show(detail);
    this.draw();
    this.charts.pool();
  }

  /** Which runs there are, and which are gone: where this is as before and no row came, nothing is drawn again. */
  standing() {
    return [...this.runs.values()].map((run) => `${run.id}${run.gone}${run.status}`).join(" ");
  }

  /** Take over the list of the server; a run that is no longer in it stays, and is called gone. @param {Summary[]} answer */
  merge(answer) {
    const now = Date.now();
    const before = this.runs;
    this.runs = new Map(answer.map((run) => [run.id, { ...BARE, ...run, gone: false, born: (run.age_s ?? null) === null ? null : now - Number(run.age_s) * 1000 }]));
    for (const [id, run] of before) if (!this.runs.has(id)) this.runs.set(id, { ...run, gone: true });
    find("runs-empty", HTMLParagraphElement).hidden = this.runs.size > 0;
    if (this.runs.size === 0) find("runs-box", HTMLDetailsElement).open = true;
    say(find("runs-count", HTMLElement), String(answer.length));
    if (this.chosen !== null && this.runs.has(this.chosen)) return;
    const latest = answer.reduce((/** @type {Summary | null} */ late, run) => late === null || (run.last_update ?? 0) > (late.last_update ?? 0) ? run : late, null);
    this.chosen = latest?.id ?? null;
  }

  /**
   * Bring the rows of every run on the charts, and of the run in full, up to date.
   * @param {Set<string>} changed
   * @param {Detail | undefined} detail
   * @returns {Promise<boolean>} whether anything was asked for
   */
  async rows(changed, detail) {
    const asked = [];
    const charted = this.charts.wanted();
    const shown = new Set(this.ticked().map((run) => run.id));
    for (const run of this.runs.values()) {
      const mine = new Map(shown.has(run.id) ? charted : []);
      if (run.id === detail?.id) for (const [series, metrics] of bySeries(detail)) mine.set(series, [...(mine.get(series) ?? []), ...metrics]);
      for (const [series, metrics] of mine) {
        const there = run.series.some(({ name }) => name === series);
        if (run.gone || !there || !(changed.has(run.id) || !this.history.has(run.id, series, metrics))) continue;
        asked.push(this.history.extend(run.id, series, metrics).catch((reason) => this.left(run.id, reason)));
      }
    }
    await Promise.all(asked);
    return asked.length > 0;
  }

  /** A run may go between two questions: that is no failure. @param {string} id @param {unknown} reason */
  left(id, reason) {
    if (reason instanceof api.Refusal && reason.status === 404) this.changed.add(id);
    else throw reason;
  }

  /** Show a run in full. @param {Detail} detail */
  show(detail) {
    if (detail.id !== this.chosen) return;
    const run = this.runs.get(detail.id);
    find("page", HTMLElement).hidden = false;
    document.title = `${detail.name} · statkit`;
    if (this.status && this.status !== `${detail.id} ${detail.status}`) say(this.said, t("now_is", { name: detail.name, status: label(detail.status) }));
    this.status = `${detail.id} ${detail.status}`;
    this.head.show(detail, run?.gone ?? false);
    this.head.since(run?.born ?? null);
    cards(find("now", HTMLElement), detail, (metric, phase) => this.past(detail, metric, phase));
    findings(find("findings", HTMLElement), detail);
    this.layers.show(detail);
    this.downloads.show(detail);
  }

  /** @param {Detail} detail @param {string} metric @param {string | null} [phase] @returns {(number | null)[]} */
  past(detail, metric, phase = null) {
    const series = detail.metrics.find((known) => known.metric === metric)?.series ?? "";
    const rows = this.history.rows(detail.id, series);
    const values = rows?.values[metric] ?? [];
    return phase === null || !rows?.phase ? values : values.filter((_, row) => rows.phase?.[row] === phase);
  }

  /** Draw what is here. @param {boolean} [again] the language changed */
  draw(again = false) {
    const ticked = this.ticked();
    const detail = (this.chosen !== null && this.details.get(this.chosen)) || null;
    this.list.show(this.runs, this.chosen, new Set(ticked.map((run) => run.id)));
    this.charts.show(detail, ticked);
    this.charts.draw(again);
    this.translated ||= again;
    soon(this.below);
  }

  /** Draw what stands below the charts, and after another language what stands above them. */
  rest() {
    const again = this.translated;
    const detail = (this.chosen !== null && this.details.get(this.chosen)) || null;
    const ticked = this.ticked();
    this.translated = false;
    this.comparing.show(detail, ticked);
    this.pictures.show(ticked);
    if (!again) return;
    this.comparing.draw(true);
    this.sign();
    this.layers.again();
    if (detail) this.show(detail);
  }

  /** Draw the canvases in the colours of another theme; all else has its colours from the style sheet. */
  paint() {
    this.charts.draw(true);
    this.comparing.draw(true);
    this.layers.again();
  }

  /** Say every second how old everything is. */
  age() {
    this.head.tick();
    this.list.age();
  }

  /** @param {import("./contract.js").Change} change */
  change({ runs, status }) {
    for (const [id, now] of Object.entries(status ?? {})) {
      const run = this.runs.get(id);
      if (run && run.status !== now) this.changed.add(id);
      if (run) run.status = now;
    }
    for (const id of runs) this.changed.add(id);
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.update(), TOGETHER);
  }

  /** What changed while nobody listened is asked for. @param {number} revision */
  greeted(revision) {
    this.sign(true);
    if (this.missed || revision !== this.revision) this.update(this.runs.keys());
    this.missed = false;
  }

  /** The connection broke: what changes now is missed. */
  lost() {
    this.sign(false);
    this.missed = true;
  }

  /** @param {boolean} [open] whether the connection stands; left out, as before */
  sign(open = find("live", HTMLElement).classList.contains("open")) {
    const sign = find("live", HTMLElement);
    sign.classList.toggle("open", open);
    say(sign, t(open ? "live" : "offline"));
  }

  /** @param {unknown} reason */
  failed(reason) {
    const status = reason instanceof api.Refusal ? reason.status : -1;
    const text = reason instanceof Error ? reason.message : String(reason);
    say(this.alarm, status === 403 ? t("refused") : status === 0 ? t("unreachable") : text);
    this.alarm.hidden = false;
  }
}

/** The metrics of the cards by their series. @param {Detail} detail */
function bySeries(detail) {
  /** @type {Map<string, string[]>} */
  const found = new Map();
  const series = new Map(detail.metrics.map((known) => [known.metric, known.series]));
  for (const metric of carded(detail)) {
    const name = series.get(metric) ?? "";
    found.set(name, [...(found.get(name) ?? []), metric]);
  }
  return found;
}
