// The stage: what pointers do on the image. Two fingers, the wheel, the space bar and the middle button move the image;
// everything else is the tool's, or selects, moves and reshapes.

import { shape } from "./elements.js";
import { STILL } from "./annotate.tools.js";

/** @typedef {import("./annotate.shapes.js").Feature} Feature */
/** @typedef {import("./annotate.geometry.js").Position} Position */
/** @typedef {import("./annotate.board.js").Board} Board */
/** @typedef {import("./annotate.view.js").View} View */
/** @typedef {import("./annotate.tools.js").Tool} Tool */
/** @typedef {{id: number, x: number, y: number, still: boolean, from: Position}} Press */

/**
 * @typedef {object} Told
 * @property {() => Tool | null} tool what draws now; null: selecting, or nothing may be drawn
 * @property {() => boolean} pans whether dragging moves the image
 * @property {() => boolean} stays whether the tool presses and never drags
 * @property {(at: Position, near: number) => Feature | null} at
 * @property {(feature: Feature | null) => void} select
 * @property {(feature: Feature) => boolean} movable
 * @property {(feature: Feature, dx: number, dy: number, done: boolean) => void} moved
 */

/** Screen pixels around a point that still mean it; more for a finger. */
const NEAR = { mouse: 7, pen: 10, touch: 18 };

/** Hands pointers to whom they concern. */
export class Stage {
  /** @param {HTMLElement} element @param {View} view @param {Told} told */
  constructor(element, view, told) {
    this.element = element;
    this.view = view;
    this.told = told;
    /** @type {Board | null} */
    this.board = null;
    /** @type {Map<number, {x: number, y: number}>} */
    this.pointers = new Map();
    /** @type {"" | "pan" | "pinch" | "tool" | "press" | "move" | "handle"} */
    this.gesture = "";
    /** @type {Press | null} */
    this.press = null;
    /** @type {Feature | null} */
    this.feature = null;
    this.space = false;
    /** @type {Position | null} where the keyboard's crosshair is, in pixels of the image */
    this.cross = null;
    this.sketched = shape("svg", { class: "sketch", "aria-hidden": "true" });
    this.ring = /** @type {HTMLElement} */ (element.querySelector(".ring"));
    this.hair = /** @type {HTMLElement} */ (element.querySelector(".hair"));
    const listen = (/** @type {string} */ name, /** @type {(event: any) => void} */ to) =>
      element.addEventListener(name, to, { capture: true, passive: false });
    listen("pointerdown", (event) => this.down(event));
    listen("pointermove", (event) => this.move(event));
    listen("pointerup", (event) => this.up(event));
    listen("pointercancel", (event) => this.lost(event));
    listen("pointerleave", () => { this.ring.hidden = true; });
    listen("dblclick", (event) => event.stopPropagation());
    listen("contextmenu", (event) => event.preventDefault());
    listen("wheel", (event) => this.wheel(event));
  }

  /** @param {Board} board @param {HTMLImageElement} image */
  open(board, image) {
    this.board = board;
    this.sketched.setAttribute("viewBox", `0 0 ${image.naturalWidth} ${image.naturalHeight}`);
    board.element.append(this.sketched);
    this.sketch("");
    this.still();
    this.crossed(null);
  }

  /** Show a path that is being drawn. @param {string} d @param {number} [width] */
  sketch(d, width) {
    if (!d) {
      this.sketched.replaceChildren();
      return;
    }
    if (width === undefined) this.sketched.replaceChildren(shape("path", { d, class: "halo" }), shape("path", { d, class: "line" }));
    else this.sketched.replaceChildren(shape("path", { d, class: "stroke", "stroke-width": width }));
  }

  /** Forget what pointers began. */
  still() {
    this.told.tool()?.cancel();
    [this.gesture, this.press, this.feature] = ["", null, null];
    this.pointers.clear();
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (!this.board || event.button === 2) return;
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.gesture === "handle") return;
    this.crossed(null);
    this.element.focus({ preventScroll: true });
    if (this.pointers.size === 2) this.pinch();
    else if (this.pointers.size === 1) this.begin(event);
    if (/** @type {string} */ (this.gesture) === "handle") return;
    event.stopPropagation();
    event.preventDefault();
    this.element.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  begin(event) {
    const from = this.at(event);
    const tool = this.told.tool();
    this.press = { id: event.pointerId, x: event.clientX, y: event.clientY, still: true, from };
    if (event.button === 1 || this.space || this.told.pans()) this.gesture = "pan";
    else if (tool) {
      this.gesture = "tool";
      tool.down(from, event.shiftKey);
    } else if (this.board?.isHandle(event.target)) this.gesture = "handle";
    else {
      this.gesture = "press";
      this.feature = this.told.at(from, this.near(event));
    }
  }

  /** A second finger: what the first began is left. */
  pinch() {
    this.told.tool()?.cancel();
    this.gesture = "pinch";
  }

  /** @param {PointerEvent} event */
  move(event) {
    const before = this.pointers.get(event.pointerId);
    this.circle(event);
    if (this.gesture === "handle") {
      this.stirred(event);
      return;
    }
    event.stopPropagation();
    if (!before) {
      if (!this.pointers.size) this.told.tool()?.move(this.at(event), event.shiftKey);
      return;
    }
    const [dx, dy] = [event.clientX - before.x, event.clientY - before.y];
    if (this.gesture === "pinch") this.pinched(event, before);
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (!this.press || event.pointerId !== this.press.id) return;
    this.stirred(event);
    if (this.gesture === "pan") this.view.pan(dx, dy);
    if (this.gesture === "tool") this.drag(event);
    if (this.gesture === "move" && this.feature) this.shift(event, false);
  }

  /** Tell a drag from a press, once it is far enough. @param {PointerEvent} event */
  stirred(event) {
    const { press } = this;
    if (!press?.still || Math.hypot(event.clientX - press.x, event.clientY - press.y) < STILL) return;
    press.still = false;
    if (this.gesture === "press") this.gesture = this.feature && this.told.movable(this.feature) ? "move" : "pan";
    if (this.gesture === "tool" && this.told.stays()) this.gesture = "pan";
  }

  /** @param {PointerEvent} event */
  drag(event) {
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const each of passed.length ? passed : [event]) this.told.tool()?.move(this.at(each), event.shiftKey);
  }

  /** @param {PointerEvent} event @param {boolean} done */
  shift(event, done) {
    const [[x, y], [fromX, fromY]] = [this.view.at(event), this.press?.from ?? [0, 0]];
    if (this.feature) this.told.moved(this.feature, x - fromX, y - fromY, done);
  }

  /** @param {PointerEvent} event @param {{x: number, y: number}} before */
  pinched(event, before) {
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (!other) return;
    const [was, is] = [Math.hypot(before.x - other.x, before.y - other.y), Math.hypot(event.clientX - other.x, event.clientY - other.y)];
    this.view.pan((event.clientX - before.x) / 2, (event.clientY - before.y) / 2);
    if (was > 1) this.view.zoom(is / was, (event.clientX + other.x) / 2, (event.clientY + other.y) / 2);
  }

  /** @param {PointerEvent} event */
  up(event) {
    this.pointers.delete(event.pointerId);
    if (this.gesture === "handle") {
      this.released(event);
      return;
    }
    event.stopPropagation();
    const { gesture, press } = this;
    if (press?.id === event.pointerId) {
      if (gesture === "tool") this.told.tool()?.up(this.at(event), event.shiftKey, press.still);
      if (gesture === "press") this.told.select(this.feature);
      if (gesture === "move") this.shift(event, true);
    }
    if (!this.pointers.size) [this.gesture, this.press, this.feature] = ["", null, null];
  }

  /** Handles are let go; a mere press on the shape may mean a smaller one inside it. @param {PointerEvent} event */
  released(event) {
    this.gesture = "";
    setTimeout(() => this.board?.settle());  // once the handles know of it too
    const isShape = event.target instanceof Element && event.target.classList.contains("a9s-shape-handle");
    if (this.press?.still && isShape) this.told.select(this.told.at(this.press.from, this.near(event)));
  }

  /** @param {PointerEvent} event */
  lost(event) {
    this.pointers.delete(event.pointerId);
    if (this.gesture === "tool") this.told.tool()?.cancel();
    if (this.gesture === "handle") this.board?.settle();
    if (!this.pointers.size) [this.gesture, this.press, this.feature] = ["", null, null];
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    event.preventDefault();
    event.stopPropagation();
    const lines = event.deltaMode === 1 ? 16 : 1;
    this.view.zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)), event.clientX, event.clientY);
  }

  /** Where a pointer is on the image; what a tool draws ends at its border. @param {PointerEvent} event @returns {Position} */
  at(event) {
    const [x, y] = this.view.at(event);
    if (!this.told.tool() || this.radius !== null) return [x, y];
    return [Math.max(0, Math.min(this.view.width, x)), Math.max(0, Math.min(this.view.height, y))];
  }

  /** @param {PointerEvent} event @returns {number} pixels of the image */
  near(event) {
    return (NEAR[/** @type {keyof typeof NEAR} */ (event.pointerType)] ?? NEAR.mouse) / this.view.scale;
  }

  /** Show how far the brush reaches. @param {{clientX: number, clientY: number}} event */
  circle({ clientX, clientY }) {
    const radius = this.radius;
    this.ring.hidden = radius === null;
    if (radius === null) return;
    const around = this.element.getBoundingClientRect();
    const across = Math.max(2, 2 * radius * this.view.scale);
    this.ring.style.width = this.ring.style.height = `${across}px`;
    this.ring.style.transform = `translate(${clientX - around.left - across / 2}px, ${clientY - around.top - across / 2}px)`;
  }

  /** Of the brush, in pixels of the image; null without one. @type {number | null} */
  radius = null;

  /** Put the keyboard's crosshair somewhere; null: away. @param {Position | null} position */
  crossed(position) {
    this.cross = position;
    this.hair.hidden = position === null;
    if (!position) return;
    const [x, y] = this.view.onStage(position);
    this.hair.style.transform = `translate(${x}px, ${y}px)`;
    this.told.tool()?.move(position, false);
  }
}
