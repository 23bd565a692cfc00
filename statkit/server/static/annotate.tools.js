// Tools that draw. Each takes what the pointer, or the crosshair of the keyboard, does, in pixels of the image.

import { area, box, crossings, cut, ellipse, ofParts, polygon, rectangle, simplified } from "./annotate.geometry.js";
import { blank, fill, trace } from "./annotate.mask.js";

/** @typedef {import("./annotate.geometry.js").Position} Position */
/** @typedef {import("./annotate.geometry.js").Geometry} Geometry */

/**
 * What a tool draws with.
 * @typedef {object} Pen
 * @property {(d: string, width?: number) => void} sketch shows a path while it is drawn; with a width, in pixels of the image, as a brush
 * @property {() => number} scale pixels of the screen for one of the image
 * @property {() => number} radius of the brush, in pixels of the image
 * @property {(geometry: Geometry) => void} drawn a shape is done
 * @property {(stroke: Position[], radius: number, erase: boolean) => void} painted a stroke is done
 */

/** Screen pixels within which a press has not moved, and a polygon closes. */
const STILL = 4;
const NEAR = 12;

/** @param {Position} one @param {Position} other */
function apart(one, other) {
  return Math.hypot(one[0] - other[0], one[1] - other[1]);
}

/** @param {Position[]} positions */
function line(positions) {
  return positions.map(([x, y], place) => `${place ? "L" : "M"}${x} ${y}`).join("");
}

/** Share of an outline's area that its ends may cut off where they overlap. */
const TAIL = 0.1;

/**
 * Make a shape of an outline. Where its ends overlap, what they cut off is left out; one that crosses itself otherwise
 * becomes the pixels that it goes around.
 * @param {Position[]} corners
 * @returns {Geometry | null} null: it encloses nothing
 */
function enclosed(corners) {
  if (corners.length < 3) return null;
  const found = crossings(corners, 2);
  if (!found.length) return polygon(corners);
  if (found.length === 1) {
    const [less, more] = cut(corners, found[0]).sort((one, other) => Math.abs(area(one)) - Math.abs(area(other)));
    if (Math.abs(area(less)) < TAIL * Math.abs(area(more)) && !crossings(more, 1).length) return polygon(more);
  }
  const mask = blank(box(corners));
  if (!mask) return null;
  fill(mask, [[[...corners, corners[0]]]], true);
  return ofParts(trace(mask));
}

/** The least that a tool is: it does nothing. */
class Tool {
  /** @param {Pen} pen */
  constructor(pen) {
    this.pen = pen;
    /** @type {Position[]} */
    this.corners = [];
  }

  /** Whether something is begun and not done. */
  get busy() {
    return this.corners.length > 0;
  }

  /** @param {Position} _position @param {boolean} _even */
  down(_position, _even) {}

  /** @param {Position} _position @param {boolean} _even the key that keeps sides equal is down */
  move(_position, _even) {}

  /** @param {Position} _position @param {boolean} _even @param {boolean} _still the pointer has not moved since it went down */
  up(_position, _even, _still) {}

  /** The keyboard's press. @param {Position} position */
  tap(position) {
    this.down(position, false);
    this.up(position, false, true);
  }

  /** Leave what is begun. */
  cancel() {
    this.corners = [];
    this.pen.sketch("");
  }

  /** Be done with what is begun. */
  finish() {}

  /** Take the last corner back. */
  back() {
    this.cancel();
  }

  /** @param {Geometry | null} geometry */
  done(geometry) {
    this.cancel();
    if (geometry) this.pen.drawn(geometry);
  }
}

/** Drag from corner to corner, or press at both. */
class Box extends Tool {
  /** @param {Pen} pen @param {boolean} isEllipse */
  constructor(pen, isEllipse) {
    super(pen);
    this.isEllipse = isEllipse;
    this.second = false;
  }

  /** @param {Position} position */
  down(position) {
    this.second = this.busy;
    if (!this.busy) this.corners = [position];
  }

  /** @param {Position} position @param {boolean} even */
  move(position, even) {
    if (!this.busy) return;
    const geometry = this.of(position, even);
    this.pen.sketch(geometry ? `${line(geometry.coordinates[0])}Z` : "");
  }

  /** @param {Position} position @param {boolean} even @param {boolean} still */
  up(position, even, still) {
    if (this.busy && (this.second || !still)) this.done(this.of(position, even));
  }

  /** @param {Position} position @param {boolean} even @returns {Geometry | null} */
  of([x, y], even) {
    const [ox, oy] = this.corners[0];
    const side = Math.max(Math.abs(x - ox), Math.abs(y - oy));
    const end = /** @type {Position} */ (even ? [ox + Math.sign(x - ox) * side, oy + Math.sign(y - oy) * side] : [x, y]);
    const around = box([[ox, oy], end]);
    const [width, height] = [around.right - around.left, around.bottom - around.top];
    if (Math.min(width, height) < 0.02) return null;
    return this.isEllipse ? ellipse(around) : rectangle(around.left, around.top, width, height);
  }
}

/** Press at each corner; at the first again, twice, or Enter closes it. */
class Polygon extends Tool {
  /** @param {Position} position */
  move(position) {
    if (!this.busy) return;
    const first = this.corners[0];
    const ring = this.corners.length > 2 ? `M${first[0]} ${first[1]}h0` : "";
    this.pen.sketch(line([...this.corners, position]) + ring);
  }

  /** @param {Position} position @param {boolean} _even @param {boolean} still */
  up(position, _even, still) {
    if (!still) return;
    const [first, last] = [this.corners[0], this.corners.at(-1)];
    const scale = this.pen.scale();
    const closes = this.corners.length > 2 && apart(first, position) * scale < NEAR;
    if (closes || last && apart(last, position) * scale < STILL) {
      this.finish();
      return;
    }
    this.corners.push(position);
    this.move(position);
  }

  finish() {
    if (this.corners.length > 2) this.done(enclosed(this.corners));
  }

  back() {
    this.corners.pop();
    if (this.corners.length) this.move(this.corners[this.corners.length - 1]);
    else this.cancel();
  }
}

/** Drag along an outline. */
class Freehand extends Tool {
  /** @param {Position} position */
  down(position) {
    this.corners = [position];
  }

  /** @param {Position} position */
  move(position) {
    const last = this.corners.at(-1);
    if (!last || apart(last, position) * this.pen.scale() < 1.5) return;
    this.corners.push(position);
    this.pen.sketch(`${line(this.corners)}Z`);
  }

  /** @param {Position} position */
  up(position) {
    this.move(position);
    this.done(enclosed(simplified(this.corners, 0.75 / this.pen.scale())));
  }
}

/** Drag to paint pixels, or to take them away. */
class Brush extends Tool {
  /** @param {Pen} pen @param {boolean} erase */
  constructor(pen, erase) {
    super(pen);
    this.erase = erase;
    this.radius = 0;
  }

  /** @param {Position} position */
  down(position) {
    this.corners = [position];
    this.radius = this.pen.radius();
    this.show();
  }

  /** @param {Position} position */
  move(position) {
    const last = this.corners.at(-1);
    if (!last || apart(last, position) < Math.max(0.2, this.radius / 20)) return;
    this.corners.push(position);
    this.show();
  }

  /** @param {Position} position */
  up(position) {
    this.move(position);
    const { corners, radius } = this;
    this.cancel();
    if (corners.length) this.pen.painted(corners, radius, this.erase);
  }

  show() {
    this.pen.sketch(this.corners.length > 1 ? line(this.corners) : `${line(this.corners)}h0`, 2 * this.radius);
  }
}

/** Press to mark a place. */
class Point extends Tool {
  /** @param {Position} position @param {boolean} _even @param {boolean} still */
  up([x, y], _even, still) {
    if (still) this.pen.drawn({ type: "Point", coordinates: [Math.round(x * 100) / 100, Math.round(y * 100) / 100] });
  }
}

/** @param {Pen} pen @returns {Record<string, Tool>} */
export function tools(pen) {
  return {
    polygon: new Polygon(pen), rectangle: new Box(pen, false), ellipse: new Box(pen, true), freehand: new Freehand(pen),
    brush: new Brush(pen, false), eraser: new Brush(pen, true), point: new Point(pen),
  };
}

export { STILL, Tool };
