// The shapes on the image, drawn and given handles by Annotorious; points, which it has none of, by ourselves.

import { shape } from "./elements.js";
import { path, points } from "./annotate.geometry.js";
import { colourOf, geometryOf, isHandy, isLocked, selectorOf, stacked } from "./annotate.shapes.js";

/** @typedef {import("./annotate.shapes.js").Feature} Feature */
/** @typedef {import("./annotate.geometry.js").Position} Position */

const { Annotorious, AnnotoriousTools } = /** @type {any} */ (globalThis);

/** One image's shapes. */
export class Board {
  /**
   * @param {HTMLImageElement} image loaded, and in the page
   * @param {(feature: Feature, geometry: import("./annotate.geometry.js").Geometry) => void} edited handles were let go
   */
  constructor(image, edited) {
    this.edited = edited;
    this.rules = "";
    this.paint = new CSSStyleSheet();  // the page's policy allows no style written into elements
    document.adoptedStyleSheets.push(this.paint);
    this.annotator = Annotorious.createImageAnnotator(image, { drawingEnabled: false, userSelectAction: "NONE", theme: "light" });
    AnnotoriousTools.mountPlugin(this.annotator);
    this.store = this.annotator.state.store;
    this.store.observe((/** @type {any} */ change) => this.noted(change), { origin: "LOCAL" });
    /** @type {HTMLElement} */
    this.element = this.annotator.element;
    this.layer = /** @type {SVGElement} */ (this.element.querySelector("svg"));
    this.layer.setAttribute("tabindex", "-1");
    this.layer.setAttribute("role", "presentation");  // the list beside the image names the shapes
    this.layer.querySelector(".drawing")?.addEventListener("pointerup", (event) => event.stopPropagation());  // no click that deselects
    new MutationObserver(() => this.layer.querySelectorAll("[tabindex='0']").forEach((handle) => handle.setAttribute("tabindex", "-1")))
      .observe(this.layer, { childList: true, subtree: true });
    this.marks = shape("svg", { class: "marks", viewBox: `0 0 ${image.naturalWidth} ${image.naturalHeight}`, "aria-hidden": "true" });
    this.element.append(this.marks);
    /** @type {Map<string, {key: string, feature: Feature}>} */
    this.shown = new Map();
    /** @type {Map<string, any>} selectors that handles changed, by key, until they are let go */
    this.pending = new Map();
    /** @type {string | null} */
    this.selected = null;
    this.keys = 0;
  }

  /** Show these features, and those alone. @param {Feature[]} features */
  show(features) {
    const wanted = new Set(features.map((each) => each.id));
    for (const [id, { key }] of this.shown) if (!wanted.has(id)) this.drop(id, key);
    const changed = stacked(features.filter((each) => this.shown.get(each.id)?.feature.geometry !== each.geometry))
      .map((each) => this.put(each)).filter((each) => each !== null);
    if (changed.length) this.store.bulkUpsertAnnotations(changed, "REMOTE");
    for (const feature of features) {
      const known = this.shown.get(feature.id);
      if (known) known.feature = feature;
    }
    this.dots(features);
    this.colour();
    if (this.selected !== null && !wanted.has(this.selected)) this.select(null, features);
    else this.mark(features);
  }

  /** Colour shapes by their class. */
  colour() {
    const rules = [...this.shown.values()].map(({ key, feature }) =>
      `.a9s-annotation[data-id="${key}"]{--ink:${colourOf(feature)}}`).join("");
    if (rules !== this.rules) this.paint.replaceSync(rules);
    this.rules = rules;
  }

  /** @param {Feature} feature @returns {object | null} what Annotorious is to draw anew */
  put(feature) {
    const known = this.shown.get(feature.id);
    const selector = selectorOf(feature.geometry);
    if (!selector) {
      if (known) this.drop(feature.id, known.key);
      return null;
    }
    const key = known?.key ?? `k${++this.keys}`;
    this.shown.set(feature.id, { key, feature });
    return { id: key, bodies: [], target: { annotation: key, selector } };
  }

  /** @param {string} id @param {string} key */
  drop(id, key) {
    this.shown.delete(id);
    this.store.deleteAnnotation(key, "REMOTE");
  }

  /** @param {Feature[]} features */
  dots(features) {
    const made = features.filter((each) => points(each.geometry).length).flatMap((each) => {
      const d = path({ type: "MultiPoint", coordinates: points(each.geometry) });
      const dot = shape("path", { d, class: each.id === this.selected ? "dot selected" : "dot" });
      dot.style.setProperty("--ink", colourOf(each));
      return [shape("path", { d, class: "under" }), dot];
    });
    this.marks.replaceChildren(...made);
  }

  /**
   * Select a feature, with handles where it can have them; null: none.
   * @param {string | null} id
   * @param {Feature[]} features
   * @param {boolean} [handles]
   */
  select(id, features, handles = true) {
    this.selected = id;
    const known = id === null ? undefined : this.shown.get(id);
    const fits = known && handles && !isLocked(known.feature) && isHandy(known.feature);
    if (known && fits) this.annotator.setSelected(known.key, true);
    else this.annotator.cancelSelected();
    this.mark(features);
    this.dots(features);
  }

  /** Show which one is selected, with handles or without. @param {Feature[]} features */
  mark(features) {
    const feature = features.find((each) => each.id === this.selected);
    this.element.style.setProperty("--ink", feature ? colourOf(feature) : "");
    const key = feature && this.shown.get(feature.id)?.key;
    for (const drawn of this.element.querySelectorAll(".chosen")) drawn.classList.remove("chosen");
    if (key) this.element.querySelector(`.a9s-annotation[data-id="${key}"]`)?.classList.add("chosen");
  }

  /**
   * Find the feature at a position: a point near it, else the smallest shape around it.
   * @param {Position} position
   * @param {number} near pixels of the image
   * @param {Feature[]} features
   * @returns {Feature | null}
   */
  at([x, y], near, features) {
    const dot = features.findLast((each) => points(each.geometry).some(([px, py]) => Math.hypot(px - x, py - y) <= near));
    if (dot) return dot;
    const found = this.store.getAt(x, y, undefined, near / 3);
    return found ? [...this.shown.values()].find(({ key }) => key === found.id)?.feature ?? null : null;
  }

  /** Whether something under the pointer is a handle, or the selected shape itself. @param {EventTarget | null} target */
  isHandle(target) {
    return target instanceof Element && this.element.contains(target) && target.closest(".a9s-annotation.selected") !== null;
  }

  /** Take away the corner that is marked on the selected shape. @returns {boolean} whether there was one */
  removeCorner() {
    if (!this.layer.querySelector(".a9s-handle-selected")) return false;
    this.layer.dispatchEvent(new KeyboardEvent("keydown", { key: "Delete" }));
    this.settle();
    return true;
  }

  /** @param {any} change of the store, while handles are dragged */
  noted({ changes }) {
    for (const { newValue } of changes.updated ?? []) this.pending.set(newValue.id, newValue.target.selector);
  }

  /** Take over what handles changed, once they are let go. */
  settle() {
    for (const [key, selector] of this.pending) {
      const found = [...this.shown.values()].find((each) => each.key === key);
      const geometry = found && geometryOf(selector);
      if (!found || !geometry) continue;
      found.feature = { ...found.feature, geometry };
      this.edited(found.feature, geometry);
    }
    this.pending.clear();
  }

  /** Take everything off the page. */
  close() {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== this.paint);
    this.annotator.destroy();
  }
}
