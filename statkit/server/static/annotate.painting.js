// What a stroke of the brush or the eraser makes of the shapes.

import { box, boxOf, ofParts, parts } from "./annotate.geometry.js";
import { blank, fill, holds, stroke, trace } from "./annotate.mask.js";
import { drawn, isLocked, labelOf, reshaped } from "./annotate.shapes.js";

/** @typedef {import("./annotate.shapes.js").Feature} Feature */
/** @typedef {import("./annotate.shapes.js").Class} Class */
/** @typedef {import("./annotate.geometry.js").Position} Position */
/** @typedef {import("./annotate.geometry.js").Geometry} Geometry */
/** @typedef {import("./annotate.geometry.js").Box} Box */

/** @param {Geometry} geometry @returns {boolean} whether it is areas alone */
function isArea(geometry) {
  return geometry.type === "Polygon" || geometry.type === "MultiPolygon";
}

/** @param {Position[]} line @param {number} radius @param {number} width @param {number} height @returns {Box | null} within the image */
function reach(line, radius, width, height) {
  const { left, top, right, bottom } = box(line);
  const spread = Math.max(radius, 1);
  const around = { left: Math.max(0, left - spread), top: Math.max(0, top - spread), right: Math.min(width, right + spread), bottom: Math.min(height, bottom + spread) };
  return around.left < around.right && around.top < around.bottom ? around : null;
}

/** @param {Geometry | null} geometry @param {Position[]} line @param {number} radius @param {Box} around @param {boolean} erase @returns {Geometry | null | undefined} undefined: too large */
function repainted(geometry, line, radius, around, erase) {
  const whole = geometry ? box([corner(around, 0), corner(around, 1), corner(boxOf(geometry), 0), corner(boxOf(geometry), 1)]) : around;
  const mask = blank(whole);
  if (!mask) return undefined;
  if (geometry) fill(mask, parts(geometry));
  const within = { ...mask, data: new Uint8Array(mask.data.length) };
  stroke(within, line, radius);
  clip(within, around);
  for (let at = 0; at < mask.data.length; at++) if (within.data[at]) mask.data[at] = erase ? 0 : 1;
  return ofParts(trace(mask));
}

/** @param {Box} around @param {0 | 1} which @returns {Position} */
function corner(around, which) {
  return which ? [around.right, around.bottom] : [around.left, around.top];
}

/** Leave out what lies beyond whole pixels of a box. @param {import("./annotate.mask.js").Mask} mask @param {Box} around */
function clip(mask, around) {
  const [left, top] = [Math.floor(around.left), Math.floor(around.top)];
  const [right, bottom] = [Math.ceil(around.right), Math.ceil(around.bottom)];
  for (let row = 0; row < mask.height; row++) {
    const y = row + mask.top;
    for (let column = 0; column < mask.width; column++) {
      const x = column + mask.left;
      if (x < left || x >= right || y < top || y >= bottom) mask.data[row * mask.width + column] = 0;
    }
  }
}

/**
 * Paint a stroke: the selected shape grows, or the one of the same class that it begins in, or there is a new one.
 * @param {Feature[]} features
 * @param {string | null} selected
 * @param {Class | null} kind
 * @param {Position[]} line
 * @param {number} radius
 * @param {{width: number, height: number}} size of the image
 * @returns {{features: Feature[], selected: string} | null} null: nothing was painted
 */
export function painted(features, selected, kind, line, radius, size) {
  const around = reach(line, radius, size.width, size.height);
  if (!around) return null;
  const label = kind?.name ?? "";
  const fits = (/** @type {Feature} */ each) => isArea(each.geometry) && !isLocked(each) && labelOf(each) === label;
  const grown = features.find((each) => each.id === selected && fits(each))
    ?? features.findLast((each) => fits(each) && parts(each.geometry).some(([ring]) => holds(ring, line[0])));
  const geometry = repainted(grown?.geometry ?? null, line, radius, around, false);
  if (!geometry) return null;
  const made = grown ? reshaped(grown, geometry) : drawn(geometry, kind);
  return { features: grown ? features.map((each) => each === grown ? made : each) : [...features, made], selected: made.id };
}

/**
 * Take a stroke away: from the selected shape, or from all it touches; what has no pixel left is gone.
 * @param {Feature[]} features
 * @param {string | null} selected
 * @param {Position[]} line
 * @param {number} radius
 * @param {{width: number, height: number}} size
 * @returns {Feature[] | null} null: nothing changed
 */
export function erased(features, selected, line, radius, size) {
  const around = reach(line, radius, size.width, size.height);
  if (!around) return null;
  let changed = false;
  const left = features.flatMap((each) => {
    const other = selected !== null && each.id !== selected;
    if (other || isLocked(each) || !isArea(each.geometry) || !touches(boxOf(each.geometry), around)) return [each];
    const geometry = repainted(each.geometry, line, radius, around, true);
    if (geometry === undefined || geometry && same(geometry, each.geometry)) return [each];
    changed = true;
    return geometry ? [reshaped(each, geometry)] : [];
  });
  return changed ? left : null;
}

/** @param {Box} one @param {Box} other */
function touches(one, other) {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}

/** Whether two shapes cover the same pixels. @param {Geometry} one @param {Geometry} other */
function same(one, other) {
  const around = box([corner(boxOf(one), 0), corner(boxOf(one), 1), corner(boxOf(other), 0), corner(boxOf(other), 1)]);
  const [first, second] = [blank(around), blank(around)];
  if (!first || !second) return false;
  fill(first, parts(one));
  fill(second, parts(other));
  return first.data.every((value, at) => value === second.data[at]);
}
