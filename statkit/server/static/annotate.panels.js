// The lists beside the image: classes, shapes, images, the agreement, what an import lost, two versions.

import { make, shape } from "./elements.js";
import { areaOf, lines, parts, path, points } from "./annotate.geometry.js";
import { colourOf, css, isLocked, kindOf, labelOf } from "./annotate.shapes.js";
import { t } from "./annotate.words.js";

/** @typedef {import("./annotate.shapes.js").Feature} Feature */
/** @typedef {import("./annotate.shapes.js").Class} Class */
/** @typedef {import("./annotate.api.js").Picture} Picture */
/** @typedef {import("./annotate.api.js").Progress} Progress */

/** Shapes that are listed; the rest is drawn alone. */
const MOST = 300;

/** @param {string} colour */
function swatch(colour) {
  const found = make("span", { class: "swatch" });
  found.style.setProperty("--ink", colour);
  return found;
}

/**
 * @param {HTMLElement} list
 * @param {Class[]} classes
 * @param {Class | null} chosen
 * @param {(kind: Class | null) => void} choose
 */
export function showClasses(list, classes, chosen, choose) {
  const button = (/** @type {Class | null} */ kind, /** @type {number} */ place) => {
    const key = place < 9 && kind ? make("kbd", {}, String(place + 1)) : null;
    const found = make("button", { type: "button", "aria-pressed": String((chosen?.name ?? null) === (kind?.name ?? null)) },
      kind ? swatch(css(kind.colour)) : null, kind?.name ?? t("unclassified"), key);
    found.addEventListener("click", () => choose(kind));
    return make("li", {}, found);
  };
  list.replaceChildren(...classes.map(button), button(null, classes.length));
}

/** Scroll a list, and nothing but the list, to what is current in it. @param {HTMLElement} list */
function reveal(list) {
  const current = list.querySelector("[aria-current]");
  if (!current) return;
  const [around, inside] = [list.getBoundingClientRect(), current.getBoundingClientRect()];
  if (inside.top < around.top) list.scrollTop -= around.top - inside.top;
  if (inside.bottom > around.bottom) list.scrollTop += inside.bottom - around.bottom;
}

/** @param {Feature} feature @param {number | null} mpp @returns {string} */
function sized(feature, mpp) {
  if (!parts(feature.geometry).length) return "";
  const area = areaOf(feature.geometry);
  const n = area < 100 ? String(Math.round(area * 10) / 10) : Math.round(area).toLocaleString("en").replaceAll(",", "\u202f");
  return mpp ? t("areaMm", { n, m: (area * mpp * mpp / 1e6).toPrecision(3) }) : t("area", { n });
}

/**
 * @param {HTMLElement} list
 * @param {Feature[]} features
 * @param {string | null} selected
 * @param {number | null} mpp
 * @param {(feature: Feature) => void} choose
 */
export function showShapes(list, features, selected, mpp, choose) {
  const latest = features.slice(-MOST).reverse();
  const items = latest.map((feature) => {
    const label = labelOf(feature) || t("unclassified");
    const kind = t(kindOf(feature));
    const name = feature.properties.name;
    const found = make("button", { type: "button", "aria-current": feature.id === selected ? "true" : null },
      swatch(colourOf(feature)), make("span", { class: "of" }, `${label} · ${kind}${name ? ` · ${name}` : ""}${isLocked(feature) ? ` · ${t("locked")}` : ""}`),
      make("span", { class: "quiet" }, sized(feature, mpp)));
    found.addEventListener("click", () => choose(feature));
    return make("li", {}, found);
  });
  const more = features.length > MOST ? make("li", { class: "quiet" }, t("more", { n: features.length - MOST })) : null;
  list.replaceChildren(...items, ...(more ? [more] : []));
  reveal(list);
}

/**
 * @param {HTMLElement} list
 * @param {Picture[]} images
 * @param {Map<string, Progress>} progress
 * @param {string} now id of the image that is open
 * @param {(place: number) => void} choose
 */
export function showImages(list, images, progress, now, choose) {
  list.replaceChildren(...images.map((image, place) => {
    const state = progress.get(image.id);
    const done = state?.submitted ?? false;
    const mark = done ? `✓ ${t("isSubmitted")}` : state?.revision ? count(state.shapes) : t("notBegun");
    const found = make("button", { type: "button", "aria-current": image.id === now ? "true" : null },
      make("span", { class: "of" }, image.title), make("span", { class: done ? "quiet is-done" : "quiet" }, mark));
    found.addEventListener("click", () => choose(place));
    return make("li", {}, found);
  }));
  reveal(list);
}

/** @param {number} n */
export function count(n) {
  return n === 1 ? t("oneShape") : t("shapesOf", { n });
}

/** @param {HTMLElement} element @param {import("./annotate.api.js").Row[] | null} rows */
export function showAgreement(element, rows) {
  if (!rows) {
    element.replaceChildren();
    return;
  }
  const number = (/** @type {number | null} */ value) => value === null ? "–" : value.toFixed(3);
  const head = ["classes", "iou", "dice", "drawnShare"].map((word, place) =>
    make("th", { class: place ? "number" : null, scope: "col" }, t(/** @type {any} */ (word))));
  const body = rows.flatMap(({ layer, label, iou, dice, fraction }, place) => {
    const isFirst = layer !== rows[place - 1]?.layer;
    const row = make("tr", {}, make("td", {}, label === null ? t("everything") : label || t("unclassified")),
      make("td", { class: "number" }, number(iou)), make("td", { class: "number" }, number(dice)), make("td", { class: "number" }, `${(fraction * 100).toFixed(1)} %`));
    return isFirst ? [make("tr", { class: "layer" }, make("th", { colspan: 4, scope: "rowgroup" }, layer)), row] : [row];
  });
  const isEmpty = rows.every(({ fraction }) => fraction === 0);
  element.replaceChildren(make("h3", {}, t("agreement")),
    ...(rows.length && !isEmpty ? [make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...body)), make("p", { class: "note" }, t("agreementWhy"))]
      : [make("p", { class: "note" }, t(rows.length ? "nothingToCompare" : "noAttention"))]));
}

/** @param {HTMLElement} element @param {string} said @param {import("./annotate.api.js").Loss[]} losses */
export function showLosses(element, said, losses) {
  element.replaceChildren(make("p", {}, said), make("p", { class: "note" }, t(losses.length ? "lost" : "lossless")),
    ...(losses.length ? [make("ul", {}, ...losses.map(({ where, what }) => make("li", {}, `${where}: ${what}`)))] : []));
}

/**
 * Draw one version small.
 * @param {string} title
 * @param {Feature[]} features
 * @param {Picture} image
 * @param {string} address of the image
 */
export function version(title, features, image, address) {
  const drawn = features.map((feature) => {
    const isDot = points(feature.geometry).length > 0 && !parts(feature.geometry).length && !lines(feature.geometry).length;
    const found = shape("path", { d: path(feature.geometry), class: isDot ? "dot" : "", "fill-rule": "evenodd" });
    found.style.setProperty("--ink", colourOf(feature));
    return found;
  });
  const picture = shape("svg", { viewBox: `0 0 ${image.width} ${image.height}`, role: "img", "aria-label": `${title}: ${count(features.length)}` },
    shape("image", { href: address, width: image.width, height: image.height }), ...drawn);
  return make("figure", {}, make("figcaption", {}, make("b", {}, title), make("span", { class: "quiet" }, count(features.length))), picture);
}
