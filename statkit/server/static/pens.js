// A colour and a dash for each run, kept everywhere on the page; apart for colour-blind eyes.

import { shape } from "./elements.js";

/** @typedef {{colour: number, dash: number[]}} Pen */

const COLOURS = 7;
const DASHES = [[], [7, 3], [2, 2.5], [8, 3, 2, 3]];

/** Runs beyond these cannot be told apart by colour and dash. */
export const MOST = COLOURS * DASHES.length;

/** Pens given out in the order in which runs, or groups, were first seen. */
export class Pens {
  constructor() {
    /** @type {Map<string, number>} */
    this.places = new Map();
  }

  /** @param {string} id @returns {Pen} */
  of(id) {
    let place = this.places.get(id);
    if (place === undefined) {
      place = this.places.size;
      this.places.set(id, place);
    }
    return pen(place);
  }
}

/** @param {number} place @returns {Pen} */
export function pen(place) {
  return { colour: place % COLOURS, dash: DASHES[Math.floor(place / COLOURS) % DASHES.length] };
}

/** @param {Pen} pen @returns {SVGElement} a short line drawn with this pen, for a legend */
export function key(pen) {
  const line = shape("line", { x1: 1, y1: 4, x2: 21, y2: 4, class: `stroke${pen.colour}`, "stroke-dasharray": pen.dash.join(" ") });
  return shape("svg", { class: "key", viewBox: "0 0 22 8", width: 22, height: 8, "aria-hidden": "true" }, line);
}

/** @type {Map<string, string>} */
const known = new Map();

/**
 * The colour that a custom property has in the theme of now, as a canvas takes it.
 * @param {string} name such as --c0
 */
export function ink(name) {
  let colour = known.get(name);
  if (colour === undefined) {
    const probe = document.createElement("i");
    probe.hidden = true;
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    colour = getComputedStyle(probe).color;
    probe.remove();
    known.set(name, colour);
  }
  return colour;
}

/** Forget the colours: the theme is another. */
export function faded() {
  known.clear();
}
