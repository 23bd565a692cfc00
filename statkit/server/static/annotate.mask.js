// Brush and eraser: shapes as pixels, painted, and outlined again so that exactly these pixels lie inside.
// A pixel belongs to a shape when its centre does; a centre on an outline belongs to what is right of it or below.

import { area } from "./annotate.geometry.js";

/** @typedef {import("./annotate.geometry.js").Position} Position */
/** @typedef {import("./annotate.geometry.js").Ring} Ring */
/** @typedef {import("./annotate.geometry.js").Box} Box */
/** @typedef {{left: number, top: number, width: number, height: number, data: Uint8Array}} Mask */

/** Pixels that one shape may have under the brush. */
export const MOST = 1 << 26;

/** @param {Box} around @returns {Mask | null} empty, of whole pixels; null if it would be too large */
export function blank({ left, top, right, bottom }) {
  const [x, y] = [Math.floor(left), Math.floor(top)];
  const [width, height] = [Math.max(0, Math.ceil(right) - x), Math.max(0, Math.ceil(bottom) - y)];
  return width * height > MOST ? null : { left: x, top: y, width, height, data: new Uint8Array(width * height) };
}

/**
 * Add the pixels of polygons to a mask.
 * @param {Mask} mask
 * @param {Ring[][]} polygons
 * @param {boolean} [all] whether all that an outline goes around counts; else every second time it does, so that holes stay
 */
export function fill(mask, polygons, all = false) {
  for (const rings of polygons) {
    const changes = new Int16Array(mask.data.length);
    for (const ring of rings) turns(mask, changes, ring);
    for (let row = 0, at = 0; row < mask.height; row++) {
      for (let column = 0, around = 0; column < mask.width; column++, at++) {
        around += changes[at];
        if (all ? around : around & 1) mask.data[at] = 1;
      }
    }
  }
}

/** Count, row by row, outlines down less outlines up, at the first pixel right of each. @param {Mask} mask @param {Int16Array} changes @param {Position[]} ring */
function turns(mask, changes, ring) {
  for (let at = 0, last = ring.length - 1; at < ring.length; last = at++) {
    const isDown = ring[last][1] < ring[at][1];
    const [low, high] = isDown ? [ring[last], ring[at]] : [ring[at], ring[last]];
    const first = Math.max(0, Math.ceil(low[1] - mask.top - 0.5));
    const end = Math.min(mask.height, Math.ceil(high[1] - mask.top - 0.5));
    for (let row = first; row < end; row++) {
      const share = (row + 0.5 + mask.top - low[1]) / (high[1] - low[1]);
      const column = Math.max(0, Math.ceil(low[0] + share * (high[0] - low[0]) - mask.left - 0.5));
      if (column < mask.width) changes[row * mask.width + column] += isDown ? 1 : -1;
    }
  }
}

/**
 * Paint along a stroke: every pixel whose centre lies within the radius, and those that the stroke's corners lie in.
 * @param {Mask} mask
 * @param {Position[]} stroke
 * @param {number} radius pixels
 */
export function stroke(mask, stroke, radius) {
  stroke.forEach((here, place) => {
    const before = stroke[Math.max(0, place - 1)];
    const top = Math.max(0, Math.floor(Math.min(before[1], here[1]) - radius - mask.top));
    const bottom = Math.min(mask.height, Math.ceil(Math.max(before[1], here[1]) + radius - mask.top));
    for (let row = top; row < bottom; row++) paint(mask, row, span(row + 0.5 + mask.top, before, here, radius));
    paint(mask, Math.floor(here[1]) - mask.top, [Math.floor(here[0]) + 0.5, Math.floor(here[0]) + 0.5]);
  });
}

/** Paint the pixels of a row whose centres lie from one x to another. @param {Mask} mask @param {number} row @param {[number, number]} span */
function paint(mask, row, [low, high]) {
  if (row < 0 || row >= mask.height) return;
  const first = Math.max(0, Math.ceil(low - 0.5 - mask.left));
  const end = Math.min(mask.width, Math.floor(high - 0.5 - mask.left) + 1);
  if (first < end) mask.data.fill(1, row * mask.width + first, row * mask.width + end);
}

/**
 * Find where a horizontal line lies within a distance of the stretch from a to b: in the discs around both, or between them.
 * @param {number} y @param {Position} a @param {Position} b @param {number} radius
 * @returns {[number, number]} from, to; the wrong way around where it nowhere does
 */
function span(y, a, b, radius) {
  let [low, high] = [Infinity, -Infinity];
  const take = (/** @type {number} */ x) => {
    low = Math.min(low, x);
    high = Math.max(high, x);
  };
  for (const [x, centre] of [a, b]) {
    const half = Math.sqrt(radius ** 2 - (y - centre) ** 2);
    if (half >= 0) [x - half, x + half].forEach(take);
  }
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const length = Math.hypot(dx, dy);
  for (const side of length ? [radius / length, -radius / length] : []) {
    const share = (y - a[1] - side * dx) / dy;
    if (share >= 0 && share <= 1) take(a[0] - side * dy + share * dx);
  }
  return [low, high];
}

const STEPS = /** @type {Position[]} */ ([[1, 0], [0, 1], [-1, 0], [0, -1]]);

/**
 * Outline the pixels of a mask along their edges; pixels that meet at a corner alone are apart.
 * @param {Mask} mask
 * @returns {Ring[][]} rings of each polygon, the outer one first, clockwise as seen
 */
export function trace(mask) {
  const edges = boundary(mask);
  /** @type {Ring[]} */ const outer = [];
  /** @type {{ring: Ring, inside: Position}[]} */ const holes = [];
  for (let start = 0; start < edges.length; start++) {
    while (edges[start]) {
      for (const { ring, inside } of loops(edges, start, mask)) {
        if (area(ring) > 0) outer.push(ring);
        else holes.push({ ring, inside });
      }
    }
  }
  const polygons = outer.map((ring) => [ring]);
  for (const { ring, inside } of holes) owner(polygons, inside).push(ring);
  return polygons;
}

/** The directions in which edges leave each corner, as bits; the pixels lie to the right. @param {Mask} mask */
function boundary({ width, height, data }) {
  const edges = new Uint8Array((width + 1) * (height + 1));
  const at = (/** @type {number} */ column, /** @type {number} */ row) =>
    column >= 0 && row >= 0 && column < width && row < height && data[row * width + column];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      if (!data[row * width + column]) continue;
      const corner = row * (width + 1) + column;
      if (!at(column, row - 1)) edges[corner] |= 1;
      if (!at(column + 1, row)) edges[corner + 1] |= 2;
      if (!at(column, row + 1)) edges[corner + width + 2] |= 4;
      if (!at(column - 1, row)) edges[corner + width + 1] |= 8;
    }
  }
  return edges;
}

/**
 * Follow edges from a corner until it is reached again, and take them off; a loop that touches itself is several.
 * @param {Uint8Array} edges
 * @param {number} start
 * @param {Mask} mask
 * @returns {{ring: Ring, inside: Position}[]} inside: a centre of a pixel along the ring
 */
function loops(edges, start, mask) {
  const across = mask.width + 1;
  /** @type {{ring: Ring, inside: Position}[]} */ const found = [];
  /** @type {number[]} */ const corners = [];
  /** @type {Map<number, number>} */ const places = new Map();
  let [corner, heading] = [start, 0];
  do {
    const before = places.get(corner);
    if (before !== undefined) {
      found.push(ringOf(corners.splice(before), mask));
      for (const [each, place] of places) if (place >= before) places.delete(each);
    }
    places.set(corner, corners.length);
    corners.push(corner);
    heading = turn(edges[corner], heading);
    edges[corner] &= ~(1 << heading);
    corner += STEPS[heading][0] + STEPS[heading][1] * across;
  } while (corner !== start);
  found.push(ringOf(corners, mask));
  return found;
}

/** Stay with the same pixel where two ways lead on: the right-hand one. @param {number} ways @param {number} heading */
function turn(ways, heading) {
  for (const way of [1, 0, 3]) if (ways & 1 << (heading + way) % 4) return (heading + way) % 4;
  return Math.log2(ways & -ways);
}

/** @param {number[]} corners @param {Mask} mask @returns {{ring: Ring, inside: Position}} */
function ringOf(corners, mask) {
  const across = mask.width + 1;
  const all = corners.map((corner) => /** @type {Position} */ ([corner % across + mask.left, Math.floor(corner / across) + mask.top]));
  const ring = all.filter((here, place) => {
    const [before, after] = [all.at(place - 1), all[(place + 1) % all.length]];
    return before && (before[0] === here[0]) !== (here[0] === after[0]);
  });
  const [[x, y], [nextX, nextY]] = [all[0], all[1]];
  const [dx, dy] = [nextX - x, nextY - y];
  return { ring: [...ring, ring[0]], inside: [x + (dx - dy) / 2, y + (dx + dy) / 2] };
}

/** @param {Ring[][]} polygons @param {Position} inside @returns {Ring[]} the smallest polygon around a position */
function owner(polygons, inside) {
  const around = polygons.filter(([ring]) => holds(ring, inside));
  return around.reduce((least, each) => Math.abs(area(each[0])) < Math.abs(area(least[0])) ? each : least);
}

/** @param {Position[]} ring @param {Position} position @returns {boolean} by the even-odd rule */
export function holds(ring, [x, y]) {
  let inside = false;
  for (let at = 0, last = ring.length - 1; at < ring.length; last = at++) {
    const [[ax, ay], [bx, by]] = [ring[last], ring[at]];
    if ((ay > y) !== (by > y) && x < ax + (y - ay) / (by - ay) * (bx - ax)) inside = !inside;
  }
  return inside;
}
