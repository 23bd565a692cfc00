// Elements made from text: names of runs and metrics reach the page through here, as text and never as markup.

/** @typedef {string | number | Node | null | undefined} Child */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | number | boolean | null | undefined>} attributes true is an empty attribute;
 *   false, null and undefined leave it out
 * @param {...Child} children strings become text
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  describe(element, attributes);
  element.append(...kept(children));
  return element;
}

/**
 * Make an SVG element; attributes are ours, never data.
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {...Child} children
 * @returns {SVGElement}
 */
export function shape(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  describe(element, attributes);
  element.append(...kept(children));
  return /** @type {SVGElement} */ (element);
}

/**
 * @param {Element} element
 * @param {Record<string, string | number | boolean | null | undefined>} attributes
 */
function describe(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
}

/** @param {Child[]} children */
function kept(children) {
  return children.filter((child) => child !== null && child !== undefined)
    .map((child) => typeof child === "number" ? String(child) : /** @type {string | Node} */ (child));
}

/**
 * Find the element of an id that the page always has.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function find(id, kind) {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`The page has no ${kind.name} called ${id}.`);
  return element;
}

/**
 * Change an element's text only if it differs, so that readers of live regions hear changes alone.
 * @param {Element} element
 * @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @type {WeakMap<HTMLSelectElement, string>} */
const offered = new WeakMap();

/**
 * Fill a list of choices, keeping the one that is chosen where it still exists.
 * @param {HTMLSelectElement} select
 * @param {[string, string][]} choices value and text
 * @param {string} [wanted]
 */
export function choices(select, choices, wanted = select.value) {
  const name = JSON.stringify(choices);
  if (offered.get(select) !== name) select.replaceChildren(...choices.map(([value, text]) => make("option", { value }, text)));
  offered.set(select, name);
  if (choices.some(([value]) => value === wanted)) select.value = wanted;
}
