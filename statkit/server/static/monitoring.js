// Starts the page: its controls, its clock, and the connection that says what changed.

import { find } from "./elements.js";
import { listen } from "./live.js";
import { Page } from "./page.js";
import { switchable } from "./theme.js";
import { language, speak, translate } from "./words.js";

function start() {
  translate();
  switchable(find("theme", HTMLButtonElement), () => page.paint());  // first: printed, charts follow the theme
  const page = new Page();
  find("language", HTMLButtonElement).addEventListener("click", () => {
    speak(language() === "de" ? "en" : "de");
    translate();
    requestAnimationFrame(() => setTimeout(() => page.draw(true)));  // the fixed texts answer first
  });
  find("tick-all", HTMLButtonElement).addEventListener("click", () => page.tickAll(true));
  find("tick-none", HTMLButtonElement).addEventListener("click", () => page.tickAll(false));
  find("runs-box", HTMLDetailsElement).open = matchMedia("(min-width: 900px)").matches;
  setInterval(() => page.age(), 1000);
  page.update();
  listen({ changed: (change) => page.change(change), moved: () => page.update(page.runs.keys()), greeted: (revision) => page.greeted(revision), lost: () => page.lost() });
}

start();
