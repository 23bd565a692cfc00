// The desk: the image that is open, what it is drawn on with, and what stands beside it.

import { find, say } from "./elements.js";
import { remember } from "./memory.js";
import { language } from "./words.js";
import { get, post } from "./annotate.api.js";
import { sure } from "./annotate.dialogs.js";
import { isLocked } from "./annotate.shapes.js";
import { Overlay } from "./annotate.overlay.js";
import { count, showAgreement, showClasses, showImages, showLosses, showShapes } from "./annotate.panels.js";
import { Sheet, load } from "./annotate.sheet.js";
import { Stage } from "./annotate.stage.js";
import { tools } from "./annotate.tools.js";
import { View } from "./annotate.view.js";
import { t } from "./annotate.words.js";

/** @typedef {import("./annotate.shapes.js").Class} Class */
/** @typedef {import("./annotate.api.js").Session} Session */

const IMPORT = 32 * 1024 * 1024 - 65536;  // what the server takes, quotes and escapes aside

export const button = (/** @type {string} */ id) => find(id, HTMLButtonElement);
export const input = (/** @type {string} */ id) => find(id, HTMLInputElement);

/** What is open, and how it is drawn on. */
export const now = {
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

export const stageElement = find("stage", HTMLElement);
const holder = find("holder", HTMLDivElement);
export const view = new View(stageElement, holder, (scale) => {
  say(find("zoom", HTMLOutputElement), `${Math.round(scale * 100)} %`);
  stage.crossed(stage.cross);
});

export const kit = tools({
  sketch: (d, width) => stage.sketch(d, width),
  scale: () => view.scale,
  radius,
  drawn: (geometry) => now.sheet?.draw(geometry, now.kind),
  painted: (stroke, reach, erase) => now.sheet?.paint(stroke, reach, erase, now.kind),
});

/** @type {Stage} */
export const stage = new Stage(stageElement, view, {
  tool: () => now.sheet?.isFinal ? null : kit[now.tool] ?? null,
  pans: () => now.tool === "hand",
  stays: () => now.tool === "polygon" || now.tool === "point",
  at: (position, near) => now.sheet?.board.at(position, near, now.sheet.features) ?? null,
  select: (feature) => now.sheet?.select(feature?.id ?? null),
  movable: (feature) => now.sheet !== null && !now.sheet.isFinal && feature.id === now.sheet.selected && !isLocked(feature),
  moved: (feature, dx, dy, done) => now.sheet?.move(feature, dx, dy, done),
});

export const overlay = new Overlay({
  box: input("overlay"), more: find("overlay-more", HTMLDivElement), layer: find("layer", HTMLSelectElement),
  opacity: input("opacity"), said: find("overlay-said", HTMLParagraphElement),
}, (reason) => alarm(t("failed", { what: t("attention"), reason: said(reason) })));

/** @param {unknown} reason */
export function said(reason) {
  return reason instanceof Error ? reason.message : String(reason);
}

/** Say what went wrong; nothing: all is well again. @param {string} [text] */
export function alarm(text = "") {
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
export function take(name) {
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
export function choose(kind) {
  now.kind = kind;
  remember("class", kind?.name ?? "");
  if (now.tool === "select") now.sheet?.classify(kind);
  shown();
}

/** Bring everything beside the image up to date. */
export function shown() {
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
export function listed() {
  const { known, progress, place } = now;
  showImages(find("images", HTMLOListElement), known.images, progress, known.images[place]?.id ?? "", (wanted) => void open(wanted));
  say(find("images-out", HTMLParagraphElement), known.losses.length
    ? t("leftOut", { what: known.losses.map(({ where, what }) => `${where} (${what})`).join("; ") }) : "");
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
export async function open(place) {
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
    [now.place, now.sheet] = [place, new Sheet(now.session, image, now.rater, loaded, holder, { changed: shown, state: stated, saved: advanced, unkept: () => alarm(t("notKept")) })];
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
export async function agreed() {
  const { sheet } = now;
  const element = find("agreement", HTMLDivElement);
  showAgreement(element, null);
  if (!sheet?.isFinal) return;
  const { rows } = await get(`${sheet.url}/agreement?${new URLSearchParams({ rater: now.rater })}`);
  if (now.sheet === sheet) showAgreement(element, rows);
}

/** @param {"submit" | "reopen"} action */
export async function mark(action) {
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
export async function imported(file) {
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
export function arrow(dx, dy, fine) {
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

export function escape() {
  const tool = kit[now.tool];
  if (tool?.busy) tool.cancel();
  else if (now.sheet?.selected) now.sheet.select(null);
  else take("select");
  stage.crossed(null);
}

export function enter() {
  const tool = kit[now.tool];
  if (stage.cross && tool && !now.sheet?.isFinal) tool.tap(stage.cross);
  else tool?.finish();
}

export function remove() {
  const tool = kit[now.tool];
  if (tool?.busy) tool.back();
  else now.sheet?.remove();
}

export function measured() {
  say(find("size-said", HTMLOutputElement), t("pixels", { n: 2 * radius() }));
  if (stage.radius !== null) stage.radius = radius();
}
