// What the page asks: who draws, whether one is sure, which version goes on, and which keys there are.

import { find, make, say } from "./elements.js";
import { remember, remembered } from "./memory.js";
import { t } from "./annotate.words.js";

/** @typedef {import("./annotate.words.js").Word} Word */

/** @param {string} id @returns {HTMLDialogElement} */
function dialog(id) {
  return find(id, HTMLDialogElement);
}

/**
 * Ask for the rater's name.
 * @param {string[]} offered
 * @param {string} before the name until now; empty for none: then one has to be said
 * @returns {Promise<string>}
 */
export function who(offered, before) {
  const [box, name] = [dialog("who"), find("name", HTMLInputElement)];
  name.value = before || (offered.length === 1 ? offered[0] : "");
  find("names", HTMLDataListElement).replaceChildren(...offered.map((value) => make("option", { value })));
  const cancel = find("who-cancel", HTMLButtonElement);
  cancel.hidden = !before;
  find("offered", HTMLDivElement).replaceChildren(...offered.map((value) => {
    const found = make("button", { type: "button" }, value);
    found.addEventListener("click", () => { name.value = value; });
    return found;
  }));
  box.oncancel = (event) => { if (!before) event.preventDefault(); };
  return new Promise((resolve) => {
    box.onclose = () => resolve(box.returnValue === "said" && name.value.trim() ? name.value.trim() : before);
    box.returnValue = "";
    cancel.onclick = () => box.close("");
    find("who-start", HTMLButtonElement).value = "said";
    box.showModal();
    name.select();
  });
}

/** @param {string} question @param {Word} yes @returns {Promise<boolean>} */
export function sure(question, yes) {
  const box = dialog("sure");
  say(find("sure-said", HTMLParagraphElement), question);
  const [yesButton, noButton] = [find("sure-yes", HTMLButtonElement), find("sure-no", HTMLButtonElement)];
  say(yesButton, t(yes));
  return new Promise((resolve) => {
    box.returnValue = "";
    box.onclose = () => resolve(box.returnValue === "yes");
    yesButton.onclick = () => box.close("yes");
    noButton.onclick = () => box.close("");
    box.showModal();
  });
}

/**
 * Show versions and let one be chosen; there is no way around choosing.
 * @template {string} T
 * @param {Word} title
 * @param {Word} why
 * @param {HTMLElement[]} versions
 * @param {[T, Word][]} choices
 * @returns {Promise<T>}
 */
export function choice(title, why, versions, choices) {
  const box = dialog("versions");
  say(find("versions-title", HTMLHeadingElement), t(title));
  say(find("versions-why", HTMLParagraphElement), t(why));
  find("versions-shown", HTMLDivElement).replaceChildren(...versions);
  box.oncancel = (event) => event.preventDefault();
  return new Promise((resolve) => {
    find("versions-buttons", HTMLParagraphElement).replaceChildren(...choices.map(([value, word]) => {
      const button = make("button", { type: "button", "data-choice": value }, t(word));
      button.addEventListener("click", () => {
        box.close();
        resolve(value);
      });
      return button;
    }));
    if (!box.open) box.showModal();
  });
}

const KEYS = /** @type {[string[], Word][]} */ ([
  [["V", "H", "P", "R", "E", "F", "B", "X", "D"], "keyTool"], [["1", "…", "9"], "keyClass"], [["+", "−"], "keyZoom"], [["0"], "keyFit"],
  [["Space"], "keyPan"], [["Ctrl+Z", "Ctrl+Y"], "keyUndo"], [["Ctrl+S"], "keySave"], [["Delete"], "keyDelete"], [["Esc"], "keyEscape"], [["Enter"], "keyEnter"],
  [["←", "↑", "→", "↓"], "keyArrows"], [["[", "]"], "keyBrush"], [["Shift"], "keyEven"],
  [["PageUp", "PageDown"], "keyImage"], [["A"], "keyAttention"], [["?"], "keyHelp"],
]);

/** Show the keys, and let the single ones be turned off. */
export function keys() {
  const box = dialog("keys");
  find("keys-list", HTMLTableSectionElement).replaceChildren(...KEYS.map(([names, word]) => make("tr", {},
    make("td", {}, ...names.flatMap((name) => [make("kbd", {}, name), " "])), make("td", {}, t(word)))));
  const single = find("single", HTMLInputElement);
  single.checked = areSingle();
  single.onchange = () => remember("keys", single.checked ? "on" : "off");
  find("keys-close", HTMLButtonElement).onclick = () => box.close();
  box.showModal();
}

/** Whether keys without Ctrl do something. */
export function areSingle() {
  return remembered("keys") !== "off";
}
