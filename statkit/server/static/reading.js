// Beside the cursor: the place on the axis, and what each line has there.

import { make } from "./elements.js";

/** @typedef {import("./chart.js").Drawing} Drawing */
/** @typedef {import("./chart.js").Line} Line */

/** @param {() => Drawing | null} drawn */
export function reading(drawn) {
  const box = make("div", { class: "reading", hidden: true });
  const show = (/** @type {any} */ plot) => {
    const drawing = drawn();
    const at = plot.cursor.idx;
    const pointed = plot.over.matches(":hover") || plot.root.parentElement?.matches(":focus-visible");
    box.hidden = !drawing || !pointed || at === null || at === undefined || plot.cursor.left < 0;
    if (box.hidden || !drawing) return;
    const read = values(plot, drawing);
    const place = read.length ? read.reduce((near, one) => Math.abs(one.index - at) < Math.abs(near - at) ? one.index : near, read[0].index) : at;
    box.replaceChildren(
      make("div", { class: "where" }, `${drawing.here} ${drawing.place(plot.data[0][place])}`),
      ...read.sort((a, b) => b.value - a.value).map(({ line, index, value }) => row(drawing, line, plot.data[0][index], value, index === place)));
    lay(box, plot);
  };
  return { hooks: { init: (/** @type {any} */ plot) => plot.root.append(box), setCursor: show } };
}

/**
 * What each line has nearest to the cursor.
 * @param {any} plot
 * @param {Drawing} drawing
 */
function values(plot, drawing) {
  const read = /** @type {{line: Line, index: number, value: number}[]} */ ([]);
  let column = 0;
  for (const line of drawing.lines) {
    column += line.band ? 3 : 1;
    if (line.faint) continue;
    const index = plot.cursor.idxs[column];
    const value = index === null || index === undefined ? null : plot.data[column][index];
    if (value !== null && value !== undefined) read.push({ line, index, value });
  }
  return read;
}

/**
 * @param {Drawing} drawing
 * @param {Line} line
 * @param {number} x
 * @param {number} value
 * @param {boolean} here whether x is the place that stands above
 */
function row(drawing, line, x, value, here) {
  const spot = make("span", { class: "spot" });
  spot.style.background = `var(${line.colour})`;
  const away = here ? "" : ` (${drawing.place(x)})`;
  const note = line.note?.(x) ?? "";
  return make("div", {}, spot, make("span", { class: "whose" }, line.name + away + (note && ` ${note}`)), make("b", {}, drawing.value(value)));
}

/** @param {HTMLElement} box @param {any} plot */
function lay(box, plot) {
  const right = plot.cursor.left > plot.over.clientWidth / 2;
  box.style.left = right ? "auto" : `${plot.over.offsetLeft + plot.cursor.left + 14}px`;
  box.style.right = right ? `${plot.root.clientWidth - plot.over.offsetLeft - plot.cursor.left + 14}px` : "auto";
}
