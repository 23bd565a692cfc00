// Light or dark: as the system says, until someone chooses; printed it is light.

import { faded } from "./pens.js";
import { remembered, remember } from "./memory.js";

const DARK = matchMedia("(prefers-color-scheme: dark)");

/** @returns {"light" | "dark"} */
export function theme() {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : DARK.matches ? "dark" : "light";
}

/** @param {string | null} chosen light, dark, or null for the system's */
function wear(chosen) {
  if (chosen === null) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  faded();
}

/**
 * Let a button change the theme.
 * @param {HTMLButtonElement} button
 * @param {() => void} redraw what canvases show must be drawn again
 */
export function switchable(button, redraw) {
  const show = () => button.setAttribute("aria-pressed", String(theme() === "dark"));
  const change = (/** @type {string | null} */ chosen) => {
    wear(chosen);
    show();
    redraw();
  };
  wear(remembered("theme"));
  show();
  button.addEventListener("click", () => {
    const chosen = theme() === "dark" ? "light" : "dark";
    remember("theme", chosen);
    change(chosen);
  });
  DARK.addEventListener("change", () => change(document.documentElement.dataset.theme ?? null));
  let before = /** @type {string | null} */ (null);
  addEventListener("beforeprint", () => {
    before = document.documentElement.dataset.theme ?? null;
    change("light");
  });
  addEventListener("afterprint", () => change(before));
}
