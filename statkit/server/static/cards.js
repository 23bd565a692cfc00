// What a run is doing now: status, progress, quality, losses, learning rate, adaptive state, cost.

import { make, say } from "./elements.js";
import { age, difference, measured, number, percent, plainly, span } from "./numbers.js";
import { sparkline } from "./sparkline.js";
import { label, language, t } from "./words.js";

/** @typedef {import("./contract.js").Detail} Detail */
/** @typedef {import("./contract.js").Progress} Progress */
/** @typedef {(metric: string, phase?: string | null) => (number | null)[]} Past the values of a metric that are here */

const UNITS = /** @type {Record<string, string>} */ ({ step_s: "s", memory_gib: "GiB" });
const KI = ["quality_ki_value", "ki_quality", "quality_ki", "quality.ki"];
const LR = ["quality_lr_value", "lr_quality", "quality_lr", "quality.lr"];
const IMPROVEMENT = ["quality_improvement_value", "improvement", "quality.improvement"];
const BEST = ["quality_running_best", "best_quality_ever"];
const RATE = ["learning_rate_value", "learning_rate", "lr"];

/**
 * The metrics whose past the cards show.
 * @param {Detail} detail
 */
export function carded(detail) {
  const known = new Set(detail.metrics.map(({ metric }) => metric));
  const wanted = [...[KI, LR, IMPROVEMENT, BEST, RATE].flatMap((names) => names.find((name) => known.has(name)) ?? []),
    ...detail.losses.map(({ metric }) => metric), ...(detail.attention ?? []).map(({ metric }) => metric)];
  return wanted.filter((metric) => known.has(metric));
}

/** Status and age in the head of the run, where the age ticks. */
export class Head {
  /** @param {HTMLElement} place */
  constructor(place) {
    this.name = make("h1", {});
    this.badge = make("span", { class: "badge" });
    this.reason = make("p", { class: "quiet" });
    this.when = make("span", { class: "age" });
    this.born = /** @type {number | null} */ (null);
    place.replaceChildren(make("div", { class: "title" }, this.name, this.badge), make("p", { class: "when" }, this.when), this.reason);
  }

  /**
   * @param {Detail} detail
   * @param {boolean} gone
   */
  show(detail, gone) {
    say(this.name, detail.name);
    const status = gone ? "gone" : detail.status;
    say(this.badge, label(status));
    this.badge.className = `badge is-${status}`;
    say(this.reason, gone ? t("runGone") : detail.status_reason ?? "");
    this.cadence = detail.cadence_s;
    this.tick();
  }

  /** @param {number | null} born when the run was last written, by this machine's clock, in ms */
  since(born) {
    this.born = born;
    this.tick();
  }

  /** Write the age of now. */
  tick() {
    const every = this.cadence ? ` · ${t("every", { span: span(this.cadence) })}` : "";
    say(this.when, `${t("updated")}: ${age(this.born === null ? null : (Date.now() - this.born) / 1000)}${every}`);
  }
}

/**
 * Fill the place with the cards of a run.
 * @param {HTMLElement} place
 * @param {Detail} detail
 * @param {Past} past
 */
export function cards(place, detail, past) {
  const groups = [progress(detail.progress), quality(detail, past), losses(detail, past), attention(detail, past), learning(detail, past), cost(detail)];
  place.replaceChildren(...groups.filter((group) => group !== null));
}

/** @param {string} title @param {Node[]} members @param {string} [kind] */
function group(title, members, kind = "") {
  return members.length === 0 ? null : make("section", { class: `group ${kind}`, "aria-label": title },
    make("h3", {}, title), make("div", { class: "cards" }, ...members));
}

/**
 * @param {string} title
 * @param {string} value
 * @param {(Node | string | null)[]} more
 */
function card(title, value, ...more) {
  return make("div", { class: "card" }, make("div", { class: "what" }, title), make("div", { class: "value" }, value), ...more);
}

/** @param {Progress | null} progress */
function progress(progress) {
  if (!progress) return null;
  const { step, total_steps, fraction, eta_s, epoch, total_epochs, epoch_fraction, epoch_eta_s } = progress;
  const bars = [];
  if (step !== null) bars.push(bar(t("total"), `${t("step")} ${counted(step, total_steps)}`, fraction, eta_s));
  if (epoch !== null) bars.push(bar(t("epochProgress"), `${t("epoch")} ${counted(epoch, total_epochs)}`, epoch_fraction, epoch_eta_s));
  return bars.length ? make("section", { class: "group bars" }, ...bars) : null;
}

/** @param {number} done @param {number | null} total */
function counted(done, total) {
  return total === null ? number(done) : t("of", { a: number(done), b: number(total) });
}

/**
 * @param {string} title
 * @param {string} text
 * @param {number | null} fraction
 * @param {number | null | undefined} left seconds
 */
function bar(title, text, fraction, left) {
  const eta = left === null || left === undefined ? "" : t("eta", { span: span(left) });
  return make("div", { class: "bar" },
    make("div", { class: "line" }, make("b", {}, title), make("span", {}, text)),
    fraction === null ? null : make("progress", { max: 1, value: fraction, "aria-label": title }),
    make("div", { class: "line quiet" }, make("span", {}, fraction === null ? "" : percent(fraction)), make("span", {}, eta)));
}

/** @param {Detail} detail @param {Past} past */
function quality(detail, past) {
  const found = detail.quality;
  if (!found) return null;
  const { lr, ki, improvement, best, unit } = found;
  if ([lr, ki, improvement, best].every((value) => value === null)) return null;
  const spark = (/** @type {string[]} */ names, /** @type {string} */ title) => history(detail, names, title, past);
  return group(t("quality"), [
    card(t("lrQuality"), measured(lr, unit), spark(LR, t("lrQuality"))),
    card(t("kiQuality"), measured(ki, unit), spark(KI, t("kiQuality"))),
    card(t("improvement"), difference(improvement, unit), spark(IMPROVEMENT, t("improvement"))),
    card(t("best"), measured(best?.value, unit), best ? make("div", { class: "quiet" }, t("atStep", { step: number(best.step) })) : null, spark(BEST, t("best"))),
  ]);
}

/** @param {Detail} detail @param {string[]} names @param {string} title @param {Past} past */
function history(detail, names, title, past) {
  const metric = names.find((name) => detail.metrics.some((known) => known.metric === name));
  return metric === undefined ? null : sparkline(past(metric), title);
}

/** @param {Detail} detail @param {Past} past */
function losses(detail, past) {
  const heaviest = Math.max(...detail.losses.map(({ weight }) => weight ?? 0));
  return group(t("losses"), detail.losses.map((loss) => {
    const title = titled(loss) + (loss.phase ? ` (${label(loss.phase)})` : "");
    return card(title, number(loss.value), sparkline(past(loss.metric, loss.phase), title),
      loss.weight === null ? null : weight(loss.weight, heaviest));
  }));
}

/** @param {number} value @param {number} heaviest */
function weight(value, heaviest) {
  return make("div", { class: "weight" },
    make("span", { class: "quiet" }, `${t("weight")} ${number(value, 3)}`),
    make("meter", { min: 0, max: heaviest || 1, value, "aria-label": t("weight") }));
}

/** @param {{metric: string, title: string | null, title_de?: string | null}} metric */
export function titled(metric) {
  return (language() === "de" ? metric.title_de : null) ?? metric.title ?? metric.metric;
}

/** @param {Detail} detail @param {Past} past */
function attention(detail, past) {
  return group(t("attention"), (detail.attention ?? []).map((found) => {
    const title = titled(found);
    return card(title, number(found.value, 4), sparkline(past(found.metric, found.phase), title),
      make("div", { class: `quiet ${found.value !== null && (found.value < found.low || found.value > found.high) ? "outside" : ""}` },
        `${found.word}: ${number(found.low)} – ${number(found.high)}`));
  }));
}

/** @param {Detail} detail @param {Past} past */
function learning(detail, past) {
  const members = [];
  if (detail.learning_rate !== null) {
    members.push(card(t("learningRate"), number(detail.learning_rate, 4), history(detail, RATE, t("learningRate"), past)));
  }
  if (detail.phase !== null) members.push(card(t("phase"), detail.phase));
  const adaptive = Object.entries(detail.adaptive ?? {}).filter(([name, value]) => value !== null && name !== "plateau_level");
  members.push(...adaptive.map(([name, value]) => card(label(name), plainly(value), name === "plateau" ? level(detail) : null)));
  if (typeof detail.checkpoint === "string") members.push(card(t("checkpoint"), detail.checkpoint));
  return group(t("learning"), members, "dense");
}

/** @param {Detail} detail */
function level(detail) {
  const found = detail.adaptive?.plateau_level;
  return typeof found === "string" ? make("div", { class: `quiet ${found === "normal" ? "" : "outside"}` }, label(found)) : null;
}

/** @param {Detail} detail */
function cost(detail) {
  const found = Object.entries(detail.resources ?? {}).filter(([, value]) => value !== null);
  return group(t("resources"), found.map(([name, value]) => card(label(name), measured(/** @type {number} */ (value), UNITS[name], 4))), "dense");
}
