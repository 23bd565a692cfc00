// Shapes in pixels of the image, as GeoJSON has them: the pixel of column c and row r covers [c, c+1) × [r, r+1).

/** @typedef {[number, number]} Position */
/** @typedef {Position[]} Ring the last position is the first again */
/** @typedef {{type: string, coordinates?: any, geometries?: Geometry[], isEllipse?: boolean, plane?: object}} Geometry */
/** @typedef {{left: number, top: number, right: number, bottom: number}} Box */

/** Corners of the polygon that stands for an ellipse; the four extremes are among them. */
const AROUND = 64;

/** @param {number} value @returns {number} with the two decimals that are kept */
export function short(value) {
  return Math.round(value * 100) / 100;
}

/** @param {Position} position @returns {Position} */
function shortened([x, y]) {
  return [short(x), short(y)];
}

/** @param {Position[]} corners @returns {Geometry} without a closing corner */
export function polygon(corners) {
  const ring = corners.map(shortened);
  return { type: "Polygon", coordinates: [[...ring, ring[0]]] };
}

/** @param {number} x @param {number} y @param {number} width @param {number} height @returns {Geometry} */
export function rectangle(x, y, width, height) {
  return polygon([[x, y], [x + width, y], [x + width, y + height], [x, y + height]]);
}

/** @param {Box} box @returns {Geometry} */
export function ellipse({ left, top, right, bottom }) {
  const [x, y, rx, ry] = [(left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2];
  const corners = Array.from({ length: AROUND }, (_, place) => {
    const angle = 2 * Math.PI * place / AROUND;
    return /** @type {Position} */ ([x + rx * Math.cos(angle), y + ry * Math.sin(angle)]);
  });
  return { ...polygon(corners), isEllipse: true };
}

/** @param {Ring[][]} parts rings of each polygon, the outer one first @returns {Geometry | null} */
export function ofParts(parts) {
  if (!parts.length) return null;
  return parts.length === 1 ? { type: "Polygon", coordinates: parts[0] } : { type: "MultiPolygon", coordinates: parts };
}

/** @param {Geometry} geometry @returns {Ring[][]} the polygons of a geometry; none of points and lines */
export function parts(geometry) {
  if (geometry.type === "Polygon") return [geometry.coordinates];
  if (geometry.type === "MultiPolygon") return geometry.coordinates;
  return (geometry.geometries ?? []).flatMap(parts);
}

/** @param {Geometry} geometry @returns {Position[]} */
export function points(geometry) {
  if (geometry.type === "Point") return [geometry.coordinates];
  if (geometry.type === "MultiPoint") return geometry.coordinates;
  return (geometry.geometries ?? []).flatMap(points);
}

/** @param {Geometry} geometry @returns {Position[][]} */
export function lines(geometry) {
  if (geometry.type === "LineString") return [geometry.coordinates];
  if (geometry.type === "MultiLineString") return geometry.coordinates;
  return (geometry.geometries ?? []).flatMap(lines);
}

/** @param {Position[]} positions @returns {Box} */
export function box(positions) {
  const found = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const [x, y] of positions) {
    found.left = Math.min(found.left, x);
    found.top = Math.min(found.top, y);
    found.right = Math.max(found.right, x);
    found.bottom = Math.max(found.bottom, y);
  }
  return found;
}

/** @param {Geometry} geometry @returns {Box} */
export function boxOf(geometry) {
  return box([...parts(geometry).flat(2), ...points(geometry), ...lines(geometry).flat()]);
}

/** @param {Position[]} ring @returns {number} signed: positive where it runs clockwise as seen, y downwards */
export function area(ring) {
  let twice = 0;
  for (let at = 0, last = ring.length - 1; at < ring.length; last = at++) {
    twice += ring[last][0] * ring[at][1] - ring[at][0] * ring[last][1];
  }
  return twice / 2;
}

/** @param {Geometry} geometry @returns {number} pixels inside, holes taken off */
export function areaOf(geometry) {
  return parts(geometry).reduce((sum, rings) => sum + rings.reduce(
    (inside, ring, place) => inside + (place ? -1 : 1) * Math.abs(area(ring)), 0), 0);
}

/** @param {Geometry} geometry @param {number} dx @param {number} dy @returns {Geometry} */
export function moved(geometry, dx, dy) {
  const shift = (/** @type {any} */ each) => typeof each[0] === "number"
    ? shortened([each[0] + dx, each[1] + dy]) : each.map(shift);
  if (geometry.geometries) return { ...geometry, geometries: geometry.geometries.map((each) => moved(each, dx, dy)) };
  return { ...geometry, coordinates: shift(geometry.coordinates) };
}

/** @param {Geometry} geometry @returns {string} the path that draws it; points are dots of the line's width */
export function path(geometry) {
  const line = (/** @type {Position[]} */ positions) => positions.map(([x, y], place) => `${place ? "L" : "M"}${x} ${y}`).join("");
  const rings = parts(geometry).flat().map((ring) => `${line(ring)}Z`);
  return [...rings, ...lines(geometry).map(line), ...points(geometry).map(([x, y]) => `M${x} ${y}h0`)].join("");
}

/** @param {Geometry} geometry @returns {Box | null} the box it is, where it is an upright rectangle */
export function upright(geometry) {
  if (geometry.type !== "Polygon" || geometry.isEllipse || geometry.coordinates.length !== 1) return null;
  const ring = /** @type {Ring} */ (geometry.coordinates[0]);
  if (ring.length !== 5) return null;
  const around = box(ring);
  const corner = (/** @type {Position} */ [x, y]) => (x === around.left || x === around.right) && (y === around.top || y === around.bottom);
  const sides = ring.slice(1).every(([x, y], place) => (x === ring[place][0]) !== (y === ring[place][1]));
  return sides && ring.every(corner) ? around : null;
}

/**
 * Find where a closed outline crosses itself.
 * @param {Position[]} corners
 * @param {number} most
 * @returns {[number, number][]} places of the two edges; no more than asked for
 */
export function crossings(corners, most) {
  const count = corners.length;
  /** @type {[number, number][]} */ const found = [];
  for (let one = 0; one < count && found.length < most; one++) {
    for (let other = one + 2; other < count && found.length < most; other++) {
      if (one === 0 && other === count - 1) continue;
      if (meet(corners[one], corners[one + 1], corners[other], corners[(other + 1) % count])) found.push([one, other]);
    }
  }
  return found;
}

/**
 * Cut an outline in two where it crosses itself.
 * @param {Position[]} corners
 * @param {[number, number]} crossing
 * @returns {[Position[], Position[]]}
 */
export function cut(corners, [one, other]) {
  const [[ax, ay], [bx, by]] = [corners[one], corners[one + 1]];
  const [[cx, cy], [dx, dy]] = [corners[other], corners[(other + 1) % corners.length]];
  const share = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / ((bx - ax) * (dy - cy) - (by - ay) * (dx - cx) || 1);
  const knot = /** @type {Position} */ ([ax + share * (bx - ax), ay + share * (by - ay)]);
  return [[knot, ...corners.slice(one + 1, other + 1)], [...corners.slice(0, one + 1), knot, ...corners.slice(other + 1)]];
}

/** @param {Position} a @param {Position} b @param {Position} c @param {Position} d */
function meet(a, b, c, d) {
  const side = (/** @type {Position} */ p, /** @type {Position} */ q, /** @type {Position} */ r) =>
    Math.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]));
  return side(a, b, c) !== side(a, b, d) && side(c, d, a) !== side(c, d, b);
}

/**
 * Leave out positions that lie closer to the line than a tolerance (Ramer, Douglas, Peucker).
 * @param {Position[]} positions
 * @param {number} tolerance pixels
 * @returns {Position[]}
 */
export function simplified(positions, tolerance) {
  const kept = new Uint8Array(positions.length);
  const open = [[0, positions.length - 1]];
  kept[0] = kept[positions.length - 1] = 1;
  for (let span = open.pop(); span; span = open.pop()) {
    const [first, last] = span;
    let [farthest, most] = [-1, tolerance];
    for (let at = first + 1; at < last; at++) {
      const away = distance(positions[at], positions[first], positions[last]);
      if (away > most) [farthest, most] = [at, away];
    }
    if (farthest < 0) continue;
    kept[farthest] = 1;
    open.push([first, farthest], [farthest, last]);
  }
  return positions.filter((_, at) => kept[at]);
}

/** @param {Position} p @param {Position} a @param {Position} b @returns {number} from p to the stretch from a to b */
export function distance([px, py], [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const along = length ? Math.max(0, Math.min(1, ((px - ax) * dx + (py - ay) * dy) / length)) : 0;
  return Math.hypot(px - ax - along * dx, py - ay - along * dy);
}
