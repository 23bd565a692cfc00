// Shapes as the files keep them: features of GeoJSON, never changed, only replaced.

import { areaOf, boxOf, ellipse, lines, ofParts, parts, points, polygon, rectangle, upright } from "./annotate.geometry.js";

/** @typedef {import("./annotate.geometry.js").Geometry} Geometry */
/** @typedef {import("./annotate.geometry.js").Position} Position */
/** @typedef {{type: "Feature", id: string, geometry: Geometry, properties: Record<string, any>}} Feature */
/** @typedef {{name: string, colour: [number, number, number]}} Class */

/** Corners beyond which a shape has no handles: brush and eraser change it. */
const HANDLES = 64;

/** Corners beyond which an outline along pixels is a painted one, and has no handles either. */
const STEPS = 12;

/** Colour of shapes without a class. @type {[number, number, number]} */
const PLAIN = [230, 60, 60];

/** @returns {string} a random id, also where the browser gives none out */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = bytes[6] & 15 | 64;
  bytes[8] = bytes[8] & 63 | 128;
  const text = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join("-");
}

/** @param {Geometry} geometry @param {Class | null} kind @returns {Feature} */
export function drawn(geometry, kind) {
  return classed({ type: "Feature", id: newId(), geometry, properties: { objectType: "annotation" } }, kind);
}

/** @param {Feature} feature @param {Class | null} kind @returns {Feature} */
export function classed(feature, kind) {
  const { classification, ...properties } = feature.properties;
  if (!kind) return { ...feature, properties };
  const names = kind.name.split(": ");
  const named = names.length > 1 ? { names } : { name: kind.name };
  return { ...feature, properties: { ...properties, classification: { ...named, color: kind.colour } } };
}

/** @param {Feature} feature @param {Geometry} geometry @returns {Feature} */
export function reshaped(feature, geometry) {
  const { plane } = feature.geometry;
  return { ...feature, geometry: plane ? { ...geometry, plane } : geometry };
}

/** @param {any} document @returns {Feature[]} the features of a collection that the server made */
export function featuresOf(document) {
  return document.features.map((/** @type {any} */ each) => each.id ? each : { ...each, id: newId() });
}

/** @param {Feature} feature @returns {string} its class; empty for none */
export function labelOf({ properties }) {
  const kind = properties.classification;
  return kind ? kind.names ? kind.names.join(": ") : kind.name ?? "" : "";
}

/** @param {Feature} feature @returns {string} as a stylesheet takes it */
export function colourOf({ properties }) {
  return css(properties.classification?.color ?? properties.color ?? PLAIN);
}

/** @param {number[]} colour red, green, blue @returns {string} */
export function css(colour) {
  return `rgb(${colour.slice(0, 3).map(Number).join(" ")})`;
}

/** @param {Feature} feature */
export function isLocked({ properties }) {
  return properties.isLocked === true;
}

/** @param {Feature} feature @returns {"rectangle" | "ellipse" | "polygon" | "region" | "point" | "line"} */
export function kindOf({ geometry }) {
  if (geometry.isEllipse) return "ellipse";
  if (upright(geometry)) return "rectangle";
  const rings = parts(geometry);
  if (!rings.length) return points(geometry).length ? "point" : "line";
  return rings.length === 1 && rings[0].length === 1 ? "polygon" : "region";
}

/** @param {Feature[]} features @returns {Feature[]} shapes with an area come under those they hold */
export function stacked(features) {
  const areas = new Map(features.map((each) => [each, areaOf(each.geometry)]));
  return [...features].sort((one, other) => (areas.get(other) ?? 0) - (areas.get(one) ?? 0));
}

/** What Annotorious draws and gives handles to. @param {Geometry} geometry @returns {{type: string, geometry: any} | null} null: it cannot */
export function selectorOf(geometry) {
  const bounds = bounded(boxOf(geometry));
  const around = upright(geometry);
  if (geometry.isEllipse) {
    const { minX, minY, maxX, maxY } = bounds;
    return { type: "ELLIPSE", geometry: { cx: (minX + maxX) / 2, cy: (minY + maxY) / 2, rx: (maxX - minX) / 2, ry: (maxY - minY) / 2, bounds } };
  }
  if (around) return { type: "RECTANGLE", geometry: { x: around.left, y: around.top, w: around.right - around.left, h: around.bottom - around.top, rot: 0, bounds } };
  const polygons = parts(geometry);
  if (polygons.length === 1 && polygons[0].length === 1) {
    return { type: "POLYGON", geometry: { points: polygons[0][0].slice(0, -1), bounds } };
  }
  if (polygons.length) {
    const elements = polygons.map((rings) => ({ rings: rings.map((ring) => ({ points: ring.slice(0, -1) })), bounds: bounded(boxOf({ type: "Polygon", coordinates: rings })) }));
    return { type: "MULTIPOLYGON", geometry: { polygons: elements, bounds } };
  }
  const [line] = lines(geometry);
  return line ? { type: "POLYLINE", geometry: { points: line.map((point) => ({ type: "CORNER", point })), bounds } } : null;
}

/** @param {import("./annotate.geometry.js").Box} box */
function bounded({ left, top, right, bottom }) {
  return { minX: left, minY: top, maxX: right, maxY: bottom };
}

/** @param {{type: string, geometry: any}} selector @returns {Geometry | null} what the handles made of it */
export function geometryOf({ type, geometry }) {
  if (type === "ELLIPSE") {
    const { cx, cy, rx, ry } = geometry;
    return ellipse({ left: cx - rx, top: cy - ry, right: cx + rx, bottom: cy + ry });
  }
  if (type === "RECTANGLE") return turned(geometry);
  if (type === "POLYGON") return polygon(geometry.points);
  if (type === "MULTIPOLYGON") {
    return ofParts(geometry.polygons.map((/** @type {any} */ each) => each.rings.map(
      (/** @type {any} */ ring) => polygon(ring.points).coordinates[0])));
  }
  if (type === "POLYLINE") return { type: "LineString", coordinates: geometry.points.map((/** @type {any} */ each) => each.point) };
  return null;
}

/** @param {{x: number, y: number, w: number, h: number, rot?: number}} box @returns {Geometry} */
function turned({ x, y, w, h, rot = 0 }) {
  if (!rot) return rectangle(x, y, w, h);
  const [middleX, middleY, cos, sin] = [x + w / 2, y + h / 2, Math.cos(rot), Math.sin(rot)];
  const corners = [[-w, -h], [w, -h], [w, h], [-w, h]];
  return polygon(corners.map(([dx, dy]) => /** @type {Position} */ (
    [middleX + (dx * cos - dy * sin) / 2, middleY + (dx * sin + dy * cos) / 2])));
}

/** @param {Feature} feature @returns {boolean} whether its corners can be taken one by one */
export function isHandy({ geometry }) {
  if (geometry.isEllipse) return true;
  const rings = parts(geometry).flat();
  const corners = rings.reduce((sum, ring) => sum + ring.length, 0) + lines(geometry).flat().length;
  const isStepped = rings.every((ring) => ring.every(([x, y], place) => !place || x === ring[place - 1][0] || y === ring[place - 1][1]));
  return corners <= (rings.length && isStepped ? STEPS : HANDLES);
}

/** @param {Feature[]} features @returns {object} the collection that is saved */
export function collection(features) {
  return { type: "FeatureCollection", features };
}

/** @param {Feature[]} one @param {Feature[]} other @returns {boolean} whether shapes, classes and names are the same */
export function isSame(one, other) {
  return one.length === other.length && one.every((each, place) => said(each) === said(other[place]));
}

/** @param {Feature} feature @returns {string} what a rater drew and chose; without what the server notes */
function said({ id, geometry, properties }) {
  const { metadata, ...rest } = properties;
  return JSON.stringify([id, ordered(geometry), ordered(rest)]);
}

/** @param {any} value @returns {any} the same whatever order its keys came in */
function ordered(value) {
  if (Array.isArray(value)) return value.map(ordered);
  if (value === null || typeof value !== "object") return value;
  return Object.keys(value).sort().map((key) => [key, ordered(value[key])]);
}

/**
 * Put two versions together: all of theirs, and of mine what they do not have.
 * @param {Feature[]} mine
 * @param {Feature[]} theirs
 * @returns {Feature[]}
 */
export function merged(mine, theirs) {
  const known = new Map(theirs.map((each) => [each.id, each]));
  const more = mine.filter((each) => {
    const other = known.get(each.id);
    return !other || said(other) !== said(each);
  });
  return [...theirs, ...more.map((each) => known.has(each.id) ? { ...each, id: newId() } : each)];
}
