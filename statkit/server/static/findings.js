// What the rules of health find in a run, and what was skipped or doubted in its files.

import { make } from "./elements.js";
import { number, plainly } from "./numbers.js";
import { table } from "./table.js";
import { label, t } from "./words.js";

/** @typedef {import("./contract.js").Detail} Detail */
/** @typedef {import("./contract.js").Finding} Finding */

const ORDER = ["error", "warning", "info"];
const SIGNS = /** @type {Record<string, string>} */ ({ error: "✕", warning: "!", info: "i" });

/** @param {HTMLElement} place @param {Detail} detail */
export function findings(place, detail) {
  const ordered = detail.findings.slice().sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
  const grave = ordered.filter(({ severity }) => severity !== "info");
  const notes = ordered.filter(({ severity }) => severity === "info");
  const open = new Set([...place.querySelectorAll("details[open]")].map((each) => each.id));
  place.replaceChildren(...[
    grave.length ? list(grave) : make("p", { class: "quiet" }, t("healthy")),
    folded("notes", t("notes"), notes.length, () => list(notes)), warnings(detail), config(detail),
  ].filter((part) => part !== null));
  for (const each of place.querySelectorAll("details")) each.open = open.has(each.id);
}

/** @param {Finding[]} members */
function list(members) {
  return make("ul", { class: "findings" }, ...members.map(finding));
}

/** @param {string} id @param {string} title @param {number} count @param {() => Node} content */
function folded(id, title, count, content) {
  return count === 0 ? null : make("details", { id: `health-${id}` }, make("summary", {}, `${title} (${count})`), content());
}

/** @param {Finding} finding */
function finding({ rule, severity, metric, steps, evidence, advice }) {
  const where = [metric, steps && t("steps", { a: number(steps[0]), b: number(steps[1]) })].filter(Boolean).join(", ");
  return make("li", { class: `is-${severity}` },
    make("span", { class: "sign", "aria-hidden": "true" }, SIGNS[severity] ?? "i"),
    make("div", {}, make("b", {}, `${label(severity)}: ${rule}`), where && make("span", { class: "quiet" }, ` ${where}`),
      make("p", {}, evidence), advice ? make("p", { class: "quiet" }, advice) : null));
}

/** @param {Detail} detail */
function warnings(detail) {
  const said = detail.warnings.map((warning) => typeof warning === "string" ? warning : warning.message);
  return folded("warnings", t("warnings"), said.length, () => make("ul", {}, ...said.map((text) => make("li", {}, text))));
}

/** @param {Detail} detail */
function config(detail) {
  const known = Object.entries(detail.config ?? {});
  const columns = [{ title: t("config"), cells: known.map(([name]) => name) }, { title: t("value"), cells: known.map(([, value]) => plainly(value)) }];
  return folded("config", t("config"), known.length, () => table(columns, t("config")));
}
