// A curve the size of a word.

import { shape } from "./elements.js";

const [WIDTH, HEIGHT, EDGE] = [120, 28, 3];
const MOST = 240;

/**
 * Draw values in order; a gap stays a gap, but what is measured now and then has none. Beyond 240 every k-th is drawn.
 * @param {(number | null)[]} values
 * @param {string} label
 * @returns {SVGElement | null} nothing with fewer than two values
 */
export function sparkline(values, label) {
  const there = values.filter((value) => value !== null);
  const known = there.length * 2 < values.length ? there : values;
  const every = Math.ceil(known.length / MOST);
  const kept = known.filter((_, at) => (known.length - 1 - at) % every === 0);
  const finite = kept.filter((value) => value !== null);
  if (finite.length < 2) return null;
  const low = Math.min(...finite);
  const high = Math.max(...finite);
  const x = (/** @type {number} */ at) => EDGE + at / (kept.length - 1) * (WIDTH - 2 * EDGE);
  const y = (/** @type {number} */ value) => high === low ? HEIGHT / 2 : EDGE + (high - value) / (high - low) * (HEIGHT - 2 * EDGE);
  let pen = "M";
  const path = kept.map((value, at) => {
    if (value === null) {
      pen = "M";
      return "";
    }
    const point = `${pen}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = "L";
    return point;
  }).join("");
  const last = kept.findLastIndex((value) => value !== null);
  return shape("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label, preserveAspectRatio: "none" },
    shape("path", { d: path }),
    shape("path", { class: "last", d: `M${x(last).toFixed(1)} ${y(/** @type {number} */ (kept[last])).toFixed(1)}h0` }));
}
