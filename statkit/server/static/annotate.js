// The annotation page: one image after the other, drawn on by one rater.

import { choices, find, say } from "./elements.js";
import { remember, remembered } from "./memory.js";
import { switchable } from "./theme.js";
import { language, speak } from "./words.js";
import { address, get, post } from "./annotate.api.js";
import { keys, sure, who } from "./annotate.dialogs.js";
import { isLocked } from "./annotate.shapes.js";
import { Overlay } from "./annotate.overlay.js";
import { count, showAgreement, showClasses, showImages, showLosses, showShapes } from "./annotate.panels.js";
import { Sheet, load } from "./annotate.sheet.js";
import { listen } from "./annotate.shortcuts.js";
import { Stage } from "./annotate.stage.js";
import { tools } from "./annotate.tools.js";
import { View } from "./annotate.view.js";
import { t, translate } from "./annotate.words.js";

/** @typedef {import("./annotate.shapes.js").Class} Class */
/** @typedef {import("./annotate.api.js").Session} Session */

const IMPORT = 32 * 1024 * 1024 - 65536;  // what the server takes, quotes and escapes aside

const button = (/** @type {string} */ id) => find(id, HTMLButtonElement);
const input = (/** @type {string} */ id) => find(id, HTMLInputElement);

/** What is open, and how it is drawn on. */
const now = {
  session: "",
  rater: "",
  /** @type {Session} */
  known: { directory: "", images: [], classes: [], raters: [], losses: [], statuses: [] },
  /** @type {Map<string, import("./annotate.api.js").Progress>} */
  progress: new Map(),
  place: -1,
  /** @type {Sheet | null} */
  sheet: null,
  /** @type {Class | null} */
  kind: null,
  tool: "select",
  space: false,
  opening: 0,
};

const stageElement = find("stage", HTMLElement);
const holder = find("holder", HTMLDivElement);
const view = new View(stageElement, holder, (scale) => {
  say(find("zoom", HTMLOutputElement), `${Math.round(scale * 100)} %`);
  stage.crossed(stage.cross);
});

const kit = tools({
  sketch: (d, width) => stage.sketch(d, width),
  scale: () => view.scale,
  radius,
  drawn: (geometry) => now.sheet?.draw(geometry, now.kind),
  painted: (stroke, reach, erase) => now.sheet?.paint(stroke, reach, erase, now.kind),
});

/** @type {Stage} */
const stage = new Stage(stageElement, view, {
  tool: () => now.sheet?.isFinal ? null : kit[now.tool] ?? null,
  pans: () => now.tool === "hand",
  stays: () => now.tool === "polygon" || now.tool === "point",
  at: (position, near) => now.sheet?.board.at(position, near, now.sheet.features) ?? null,
  select: (feature) => now.sheet?.select(feature?.id ?? null),
  movable: (feature) => now.sheet !== null && !now.sheet.isFinal && feature.id === now.sheet.selected && !isLocked(feature),
  moved: (feature, dx, dy, done) => now.sheet?.move(feature, dx, dy, done),
});

const overlay = new Overlay({
  box: input("overlay"), more: find("overlay-more", HTMLDivElement), layer: find("layer", HTMLSelectElement),
  opacity: input("opacity"), said: find("overlay-said", HTMLParagraphElement),
}, (reason) => alarm(t("failed", { what: t("attention"), reason: said(reason) })));

/** @param {unknown} reason */
function said(reason) {
  return reason instanceof Error ? reason.message : String(reason);
}

/** Say what went wrong; nothing: all is well again. @param {string} [text] */
function alarm(text = "") {
  const element = find("alarm", HTMLParagraphElement);
  element.hidden = !text;
  say(element, text);
}

/** @returns {number} of the brush, in pixels of the image: fine steps where it is small */
function radius() {
  const share = Number(input("size").value) / 100;
  const image = now.known.images[now.place];
  const most = image ? Math.max(4, Math.min(image.width, image.height) / 4) : 4;
  return Math.round(0.5 * (most / 0.5) ** share * 10) / 10;
}

/** @param {string} name */
function take(name) {
  if (now.tool !== name) kit[now.tool]?.cancel();
  now.tool = name;
  stageElement.dataset.tool = name;
  for (const each of document.querySelectorAll("[data-tool][aria-label]")) {
    if (each instanceof HTMLButtonElement) each.setAttribute("aria-pressed", String(each.dataset.tool === name));
  }
  const paints = name === "brush" || name === "eraser";
  find("brush", HTMLElement).hidden = !paints;
  button("finish").hidden = name !== "polygon";
  stage.radius = paints ? radius() : null;
  if (!paints) stage.ring.hidden = true;
  stage.crossed(null);
  now.sheet?.handled(name === "select");
}

/** @param {Class | null} kind */
function choose(kind) {
  now.kind = kind;
  remember("class", kind?.name ?? "");
  if (now.tool === "select") now.sheet?.classify(kind);
  shown();
}

/** Bring everything beside the image up to date. */
function shown() {
  const { sheet, known } = now;
  const isFinal = sheet?.isFinal ?? true;
  showClasses(find("classes", HTMLUListElement), known.classes, now.kind, choose);
  const features = sheet?.features ?? [];
  showShapes(find("shapes", HTMLUListElement), features, sheet?.selected ?? null, sheet?.image.mpp ?? null, (feature) => {
    take("select");
    sheet?.select(feature.id);
  });
  say(find("shapes-count", HTMLSpanElement), features.length ? String(features.length) : "");
  find("shapes-none", HTMLParagraphElement).hidden = features.length > 0;
  button("undo").disabled = isFinal || !sheet?.history.canUndo;
  button("redo").disabled = isFinal || !sheet?.history.canRedo;
  button("remove").disabled = isFinal || !sheet?.chosen || isLocked(sheet.chosen);
  for (const name of Object.keys(kit)) {
    const found = document.querySelector(`[data-tool="${name}"]`);
    if (found instanceof HTMLButtonElement) found.disabled = isFinal;
  }
  button("import").disabled = isFinal;
  button("submit").hidden = isFinal;
  button("reopen").hidden = !sheet?.isFinal;
  say(find("submit-said", HTMLParagraphElement), sheet?.submitted
    ? t("submittedAt", { time: new Date(sheet.submitted).toLocaleString(language()) }) : t("submitWhy"));
}

/** Bring the list of images up to date. */
function listed() {
  const { known, progress, place } = now;
  showImages(find("images", HTMLOListElement), known.images, progress, known.images[place]?.id ?? "", (wanted) => void open(wanted));
  const done = known.images.filter((image) => progress.get(image.id)?.submitted).length;
  say(find("images-done", HTMLSpanElement), t("done", { a: done, b: known.images.length }));
  button("previous").disabled = place <= 0;
  button("next").disabled = place >= known.images.length - 1;
  say(find("title", HTMLHeadingElement), known.images[place] ? `${place + 1}/${known.images.length} · ${known.images[place].title}` : "");
  document.title = `${known.images[place]?.title ?? t("page")} · statkit`;
}

/** @param {import("./annotate.saving.js").State | "opening"} state @param {string} [reason] */
function stated(state, reason = "") {
  const element = find("state", HTMLSpanElement);
  say(element, t(state, { reason }));
  element.classList.toggle("open", state === "saved");
  element.classList.toggle("busy", state === "unsaved" || state === "saving" || state === "opening");
  element.classList.toggle("bad", state === "offline" || state === "refused" || state === "conflict");
  element.dataset.state = state;
}

/** Note how far the open image is. @param {number} revision */
function advanced(revision) {
  const { sheet } = now;
  if (!sheet) return;
  now.progress.set(sheet.image.id, { image: sheet.image.id, revision, shapes: sheet.features.length, submitted: sheet.isFinal });
  listed();
}

/** Open an image. @param {number} place */
async function open(place) {
  const image = now.known.images[place];
  if (!image) return;
  const turn = ++now.opening;
  stated("opening");
  stage.still();
  overlay.hide();
  await now.sheet?.leave();
  now.sheet = null;
  try {
    const loaded = await load(now.session, image, now.rater);
    if (turn !== now.opening) return;
    [now.place, now.sheet] = [place, new Sheet(now.session, image, now.rater, loaded, holder, { changed: shown, state: stated, saved: advanced })];
    alarm();
    post(`${loaded.url}/opened`, { rater: now.rater }).catch(() => {});
    const { sheet } = now;
    stage.open(sheet.board, sheet.element);
    view.open(sheet.element);
    overlay.open(now.session, image, now.rater, loaded.saved.unblinded ?? false, sheet.board.element);
    location.replace(`#${image.id}`);
    find("import-said", HTMLDivElement).replaceChildren();
    find("export", HTMLAnchorElement).href = `${loaded.url}/annotations.geojson?${new URLSearchParams({ rater: now.rater })}`;
    measured();
    take(now.tool);
    listed();
    stated("saved");
    stageElement.dataset.image = image.id;
    void agreed();
    await sheet.resume();
  } catch (reason) {
    if (turn === now.opening) alarm(t("failed", { what: image.title, reason: said(reason) }));
  }
}

/** Show how far the attention agrees, once the image is submitted. */
async function agreed() {
  const { sheet } = now;
  const element = find("agreement", HTMLDivElement);
  showAgreement(element, null);
  if (!sheet?.isFinal) return;
  const { rows } = await get(`${sheet.url}/agreement?${new URLSearchParams({ rater: now.rater })}`);
  if (now.sheet === sheet) showAgreement(element, rows);
}

/** @param {"submit" | "reopen"} action */
async function mark(action) {
  const { sheet } = now;
  if (!sheet) return;
  const n = sheet.features.length;
  const question = action === "reopen" ? t("sureReopen") : n ? t("sureSubmit", { what: count(n) }) : t("sureEmpty");
  if (!await sure(question, action)) return;
  try {
    await sheet.mark(action);
    await agreed();
    alarm();
  } catch (reason) {
    alarm(t("failed", { what: t(action), reason: said(reason) }));
  }
  shown();
}

/** @param {File} file */
async function imported(file) {
  const { sheet } = now;
  const element = find("import-said", HTMLDivElement);
  if (!sheet || sheet.isFinal) return;
  if (file.size > IMPORT) {
    alarm(t("tooLarge", { file: file.name }));
    return;
  }
  try {
    const answer = await post(`${sheet.url}/import`, { name: file.name, text: await file.text() });
    showLosses(element, t("imported", { n: sheet.add(answer.geojson), file: file.name }), answer.losses);
    alarm();
  } catch (reason) {
    alarm(t("failed", { what: file.name, reason: said(reason) }));
  }
}

/** @param {number} dx @param {number} dy @param {boolean} fine */
function arrow(dx, dy, fine) {
  const { sheet } = now;
  if (!sheet) return;
  const step = fine ? 1 : Math.max(1, Math.round(10 / view.scale));
  if (kit[now.tool] && !sheet.isFinal) {
    const around = stageElement.getBoundingClientRect();
    const [x, y] = stage.cross ?? view.at({ clientX: around.left + around.width / 2, clientY: around.top + around.height / 2 }).map(Math.round);
    const start = stage.cross ? 1 : 0;
    stage.crossed([Math.max(0, Math.min(view.width, x + dx * step * start)), Math.max(0, Math.min(view.height, y + dy * step * start))]);
  } else if (sheet.chosen && !isLocked(sheet.chosen) && !sheet.isFinal) sheet.move(sheet.chosen, dx * (fine ? 1 : step), dy * (fine ? 1 : step), true);
  else view.pan(-dx * 60, -dy * 60);
}

function escape() {
  const tool = kit[now.tool];
  if (tool?.busy) tool.cancel();
  else if (now.sheet?.selected) now.sheet.select(null);
  else take("select");
  stage.crossed(null);
}

function enter() {
  const tool = kit[now.tool];
  if (stage.cross && tool && !now.sheet?.isFinal) tool.tap(stage.cross);
  else tool?.finish();
}

function remove() {
  const tool = kit[now.tool];
  if (tool?.busy) tool.back();
  else now.sheet?.remove();
}

function measured() {
  say(find("size-said", HTMLOutputElement), t("pixels", { n: 2 * radius() }));
  if (stage.radius !== null) stage.radius = radius();
}

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
