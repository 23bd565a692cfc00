// The list of runs: which one is shown in full, and which ones stand on the charts.

import { make, say } from "./elements.js";
import { age, measured, number } from "./numbers.js";
import { key } from "./pens.js";
import { label, t } from "./words.js";

/** @typedef {import("./contract.js").Summary} Summary */
/** @typedef {import("./pens.js").Pens} Pens */

/**
 * A run in the list: `born` is when it was last written, by this machine's clock in ms.
 * @typedef {Summary & {gone: boolean, born: number | null}} Listed
 */

/**
 * @typedef {object} Row
 * @property {HTMLLIElement} item
 * @property {HTMLInputElement} tick
 * @property {HTMLButtonElement} button
 * @property {HTMLElement} badge
 * @property {HTMLElement} value
 * @property {HTMLElement} when
 */

/** The list. */
export class RunList {
  /**
   * @param {HTMLElement} place
   * @param {Pens} pens
   * @param {(id: string) => void} choose
   * @param {(id: string, shown: boolean) => void} tick
   */
  constructor(place, pens, choose, tick) {
    this.place = place;
    this.pens = pens;
    this.choose = choose;
    this.tick = tick;
    /** @type {Map<string, Row>} */
    this.rows = new Map();
    /** @type {Map<string, Listed>} */
    this.runs = new Map();
    place.addEventListener("keydown", (event) => this.press(event));
  }

  /**
   * @param {Map<string, Listed>} runs
   * @param {string | null} chosen
   * @param {Set<string>} ticked
   */
  show(runs, chosen, ticked) {
    this.runs = runs;
    for (const [id, row] of this.rows) {
      if (runs.has(id)) continue;
      row.item.remove();
      this.rows.delete(id);
    }
    let before = /** @type {Element | null} */ (null);
    for (const run of runs.values()) {
      const row = this.rows.get(run.id) ?? this.row(run);
      this.fill(row, run, run.id === chosen, ticked.has(run.id));
      const next = before ? before.nextElementSibling : this.place.firstElementChild;
      if (next !== row.item) this.place.insertBefore(row.item, next);
      before = row.item;
    }
    this.age();
  }

  /** @param {Summary} run @returns {Row} */
  row(run) {
    const tick = make("input", { type: "checkbox", "aria-label": t("tick", { name: run.name }) });
    const [badge, value, when] = [make("span", { class: "badge small" }), make("span", { class: "number" }), make("span", { class: "quiet" })];
    const button = make("button", { type: "button", class: "pick", title: run.path },
      make("span", { class: "name" }, run.name), make("span", { class: "line" }, badge, value), make("span", { class: "line" }, when));
    const item = make("li", {}, make("label", { class: "tick" }, tick, key(this.pens.of(run.id))), button);
    button.addEventListener("click", () => this.choose(run.id));
    tick.addEventListener("change", () => this.tick(run.id, tick.checked));
    const row = { item, tick, button, badge, value, when };
    this.rows.set(run.id, row);
    return row;
  }

  /** @param {Row} row @param {Listed} run @param {boolean} chosen @param {boolean} ticked */
  fill(row, run, chosen, ticked) {
    row.tick.checked = ticked;
    row.tick.setAttribute("aria-label", t("tick", { name: run.name }));
    if (chosen) row.button.setAttribute("aria-current", "true");
    else row.button.removeAttribute("aria-current");
    row.item.classList.toggle("gone", run.gone);
    const status = run.gone ? "gone" : run.status;
    row.badge.className = `badge small is-${status}`;
    say(row.badge, label(status));
    say(row.value, run.value === null ? "" : measured(run.value, run.unit ?? (run.metric?.startsWith("quality_") ? "fraction" : null), 4));
    row.value.title = run.metric ?? "";
  }

  /** Write the ages of now. */
  age() {
    for (const [id, row] of this.rows) {
      const run = this.runs.get(id);
      if (!run) continue;
      const step = run.step === null ? "" : `${t("step")} ${number(run.step)} · `;
      say(row.when, step + age(run.born === null ? null : (Date.now() - run.born) / 1000));
    }
  }

  /** Arrow keys go through the list. @param {KeyboardEvent} event */
  press(event) {
    const offset = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const buttons = [...this.rows.values()].map((row) => row.button).sort((a, b) => a.compareDocumentPosition(b) & 2 ? 1 : -1);
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    if (!offset || at < 0) return;
    event.preventDefault();
    buttons[Math.max(0, Math.min(at + offset, buttons.length - 1))].focus();
  }
}
