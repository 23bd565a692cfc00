// Tables of text and numbers.

import { make } from "./elements.js";

/** @typedef {{title: string, cells: (string | Node)[], numeric?: boolean}} Column */

/**
 * Make a table; a wide one scrolls inside its place.
 * @param {Column[]} columns
 * @param {string} caption
 * @param {Set<number>} [marked] rows that stand out
 */
export function table(columns, caption, marked = new Set()) {
  const rows = Math.max(0, ...columns.map((column) => column.cells.length));
  const head = make("tr", {}, ...columns.map((column) => make("th", { scope: "col", class: column.numeric ? "number" : null }, column.title)));
  const body = Array.from({ length: rows }, (_, row) => make("tr", { class: marked.has(row) ? "won" : null },
    ...columns.map((column, at) => cell(column, row, at))));
  return make("div", { class: "wide", tabindex: 0, role: "region", "aria-label": caption },
    make("table", {}, make("caption", { class: "unseen" }, caption), make("thead", {}, head), make("tbody", {}, ...body)));
}

/** @param {Column} column @param {number} row @param {number} at */
function cell(column, row, at) {
  if (at === 0) return make("th", { scope: "row", class: column.numeric ? "number" : null }, column.cells[row]);
  return make("td", { class: column.numeric ? "number" : null }, column.cells[row]);
}
