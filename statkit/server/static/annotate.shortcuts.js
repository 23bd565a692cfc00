// Keys. Those without Ctrl can be turned off; none acts while one writes or a dialog is open.

import { areSingle } from "./annotate.dialogs.js";

const TOOLS = { v: "select", h: "hand", p: "polygon", r: "rectangle", e: "ellipse", f: "freehand", b: "brush", x: "eraser", d: "point" };
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @typedef {object} Acts
 * @property {(name: string) => void} tool
 * @property {(place: number) => void} kind
 * @property {(step: -1 | 1) => void} history
 * @property {() => void} save
 * @property {() => void} remove
 * @property {() => void} escape
 * @property {() => void} enter
 * @property {(dx: number, dy: number, fine: boolean) => void} arrow
 * @property {(factor: number) => void} zoom
 * @property {() => void} fit
 * @property {(step: -1 | 1) => void} brush
 * @property {(step: -1 | 1) => void} turn
 * @property {() => void} attention
 * @property {() => void} help
 * @property {(down: boolean) => void} space
 */

/** @param {HTMLElement} stage @param {Acts} acts */
export function listen(stage, acts) {
  addEventListener("keydown", (event) => {
    if (!event.isTrusted || isBusy(event.target)) return;  // what the page itself says to the library is not a key
    const isStage = event.target === stage || event.target === document.body || stage.contains(/** @type {Node} */ (event.target));
    if (event.ctrlKey || event.metaKey) {
      if (withCtrl(event, acts)) taken(event);
    } else if (!event.altKey && (isStage && onStage(event, acts) || areSingle() && single(event, acts))) taken(event);
  }, true);
  addEventListener("keyup", (event) => { if (event.key === " ") acts.space(false); }, true);
  addEventListener("blur", () => acts.space(false));
}

/** Keep a key from everything else: the library that draws shapes has its own idea of undo. @param {KeyboardEvent} event */
function taken(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** @param {EventTarget | null} target */
function isBusy(target) {
  if (document.querySelector("dialog[open]")) return true;
  return target instanceof Element && target.closest("input:not([type=checkbox]), select, textarea") !== null;
}

/** @param {KeyboardEvent} event @param {Acts} acts @returns {boolean} whether it meant something */
function withCtrl(event, acts) {
  const key = event.key.toLowerCase();
  if (key === "s") acts.save();
  if (key !== "z" && key !== "y") return key === "s";
  acts.history(key === "y" || event.shiftKey ? 1 : -1);
  return true;
}

/** @param {KeyboardEvent} event @param {Acts} acts @returns {boolean} */
function onStage(event, acts) {
  const way = ARROWS[/** @type {keyof typeof ARROWS} */ (event.key)];
  if (way) acts.arrow(way[0], way[1], event.shiftKey);
  else if (event.key === "Enter") acts.enter();
  else if (event.key === "Delete" || event.key === "Backspace") acts.remove();
  else if (event.key === " ") acts.space(true);
  else return false;
  return true;
}

/** @param {KeyboardEvent} event @param {Acts} acts @returns {boolean} */
function single(event, acts) {
  const key = event.key;
  const tool = TOOLS[/** @type {keyof typeof TOOLS} */ (key.toLowerCase())];
  if (tool) acts.tool(tool);
  else if (/^[1-9]$/.test(key)) acts.kind(Number(key) - 1);
  else if (key === "0") acts.fit();
  else if (key === "+" || key === "=") acts.zoom(1.5);
  else if (key === "-" || key === "−") acts.zoom(1 / 1.5);
  else if (key === "[" || key === "]") acts.brush(key === "[" ? -1 : 1);
  else if (key === "PageUp" || key === "PageDown") acts.turn(key === "PageUp" ? -1 : 1);
  else if (key.toLowerCase() === "a") acts.attention();
  else if (key === "?") acts.help();
  else if (key === "Escape") acts.escape();
  else return false;
  return true;
}
