// The annotation page: its controls and keys, who draws, and which run.

import { choices, find, say } from "./elements.js";
import { remember, remembered } from "./memory.js";
import { switchable } from "./theme.js";
import { language, speak } from "./words.js";
import { address, get } from "./annotate.api.js";
import {
  agreed, alarm, arrow, button, choose, enter, escape, imported, input, kit, listed, mark, measured, now, open, overlay, remove, said, shown,
  stage, stageElement, take, view,
} from "./annotate.desk.js";
import { keys, who } from "./annotate.dialogs.js";
import { listen } from "./annotate.shortcuts.js";
import { t, translate } from "./annotate.words.js";

/** @typedef {import("./annotate.api.js").Session} Session */

/** Let controls do what they say. */
function wire() {
  for (const each of document.querySelectorAll("#tools button")) {
    each.addEventListener("click", () => take(/** @type {HTMLElement} */ (each).dataset.tool ?? "select"));
  }
  const click = (/** @type {string} */ id, /** @type {() => void} */ act) => button(id).addEventListener("click", act);
  click("undo", () => now.sheet?.step(-1));
  click("redo", () => now.sheet?.step(1));
  click("remove", () => now.sheet?.remove());
  click("finish", () => kit[now.tool]?.finish());
  click("in", () => view.zoom(1.5));
  click("out", () => view.zoom(1 / 1.5));
  click("fit", () => view.fit());
  click("previous", () => void open(now.place - 1));
  click("next", () => void open(now.place + 1));
  click("submit", () => void mark("submit"));
  click("reopen", () => void mark("reopen"));
  click("help", keys);
  click("rater", () => void renamed());
  click("language", () => {
    speak(language() === "de" ? "en" : "de");
    speakAgain();
  });
  click("import", () => input("file").click());
  input("file").addEventListener("change", () => {
    const [file] = input("file").files ?? [];
    if (file) void imported(file);
    input("file").value = "";
  });
  find("export", HTMLAnchorElement).addEventListener("click", (event) => void exported(event));
  input("size").addEventListener("input", () => {
    remember("brush", input("size").value);
    measured();
  });
  switchable(button("theme"), () => {});
  listen(stageElement, {
    tool: (name) => { if (!now.sheet?.isFinal || !kit[name]) take(name); },
    kind: (place) => { if (now.known.classes[place]) choose(now.known.classes[place]); },
    history: (step) => now.sheet?.step(step), save: () => void now.sheet?.saver.flush(), remove, escape, enter, arrow,
    zoom: (factor) => view.zoom(factor), fit: () => view.fit(),
    brush: (step) => {
      input("size").value = String(Number(input("size").value) + step * 5);
      measured();
    },
    turn: (step) => void open(now.place + step), attention: () => input("overlay").click(), help: keys,
    space: (down) => {
      stage.space = down;
      stageElement.classList.toggle("panning", down);
    },
  });
  addEventListener("pagehide", parting);
  addEventListener("beforeunload", (event) => { if (now.sheet?.saver.isAtRisk) event.preventDefault(); });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") void now.sheet?.saver.flush(true); });
}

/** The page is left: the attention is gone, and what can be sent is. */
function parting() {
  overlay.hide(true);
  void now.sheet?.leave(true);
}

/** Save first, so that the file has everything. @param {Event} event */
async function exported(event) {
  const { sheet } = now;
  if (!sheet?.saver.wanted) return;
  event.preventDefault();
  if (await sheet.saver.flush()) find("export", HTMLAnchorElement).click();
}

function speakAgain() {
  translate();
  say(button("rater"), t("rater", { name: now.rater }));
  measured();
  shown();
  listed();
  overlay.describe();
  void agreed();
}

/** Ask who draws, and go on with that one's shapes. */
async function renamed() {
  const name = await who(now.known.raters, now.rater);
  if (!name || name === now.rater) return;
  await enterAs(name);
}

/** @param {string} rater */
async function enterAs(rater) {
  await now.sheet?.leave();
  now.sheet = null;
  const known = /** @type {Session} */ (await get(`${address(now.session)}?${new URLSearchParams({ rater })}`));
  [now.known, now.rater] = [known, rater];
  now.progress = new Map(known.statuses.map((each) => [each.image, each]));
  remember("rater", rater);
  say(button("rater"), t("rater", { name: rater }));
  const wanted = known.images.findIndex((image) => `#${image.id}` === location.hash);
  const unfinished = known.images.findIndex((image) => !now.progress.get(image.id)?.submitted);
  now.kind = known.classes.find(({ name }) => name === remembered("class")) ?? known.classes[0] ?? null;
  await open(Math.max(0, wanted >= 0 ? wanted : unfinished));
}

async function begin() {
  translate();
  wire();
  input("size").value = remembered("brush") ?? "45";
  take("select");
  shown();
  const { sessions } = await get("api/annotate");
  const asked = new URLSearchParams(location.search).get("run");
  const chosen = sessions.find((/** @type {{id: string}} */ { id }) => id === asked) ?? sessions[0];
  if (!chosen) throw new Error(t("noSession"));
  now.session = chosen.id;
  const runs = find("run", HTMLSelectElement);
  runs.hidden = sessions.length < 2;
  choices(runs, sessions.map((/** @type {{id: string, name: string}} */ { id, name }) => [id, name]), chosen.id);
  runs.addEventListener("change", () => location.assign(`?${new URLSearchParams({ run: runs.value })}`));
  now.known = await get(address(chosen.id));
  const before = remembered("rater") ?? "";
  await enterAs(before || await who(now.known.raters, ""));
}

begin().catch((reason) => alarm(said(reason)));
