// Dashboards by step: one slider across runs, each run's last picture up to that step.

import { address, images } from "./api.js";
import { choices, find, make, say } from "./elements.js";
import { number } from "./numbers.js";
import { key } from "./pens.js";
import { label, t } from "./words.js";

/** @typedef {import("./contract.js").Picture} Picture */
/** @typedef {import("./runs.js").Listed} Listed */
/** @typedef {import("./pens.js").Pens} Pens */

/** Pictures of one run and step that are shown. */
const MOST = 6;

/** The section of the pictures. */
export class Pictures {
  /** @param {Pens} pens @param {(reason: unknown) => void} failed */
  constructor(pens, failed) {
    this.pens = pens;
    this.failed = failed;
    this.section = find("pictures", HTMLElement);
    this.slider = find("pictures-step", HTMLInputElement);
    this.at = find("pictures-at", HTMLOutputElement);
    this.phase = find("pictures-phase", HTMLSelectElement);
    this.place = find("pictures-drawn", HTMLDivElement);
    this.empty = find("pictures-empty", HTMLParagraphElement);
    this.controls = find("pictures-controls", HTMLDivElement);
    this.runs = /** @type {Listed[]} */ ([]);
    /** @type {Map<string, {asked: string, pictures: Picture[]}>} */
    this.known = new Map();
    this.steps = /** @type {number[]} */ ([]);
    this.seen = false;
    this.slider.addEventListener("input", () => this.draw());
    this.phase.addEventListener("change", () => this.arrange());
    new IntersectionObserver((entries) => this.see(entries.some((entry) => entry.isIntersecting)), { rootMargin: "300px" }).observe(this.section);
  }

  /** @param {boolean} seen */
  see(seen) {
    this.seen = seen;
    if (seen) this.ask();
  }

  /** @param {Listed[]} runs on the charts */
  show(runs) {
    this.runs = runs;
    if (this.seen) this.ask();
  }

  /** Ask for the pictures of runs that were written since. */
  async ask() {
    const asked = this.runs.filter((run) => !run.gone && this.known.get(run.id)?.asked !== String(run.last_update));
    await Promise.all(asked.map(async (run) => {
      try {
        this.known.set(run.id, { asked: String(run.last_update), pictures: (await images(run.id)).images });
      } catch (reason) {
        this.failed(reason);
      }
    }));
    this.arrange();
  }

  /** The pictures of a run in the phase that is chosen, by step. @param {string} id */
  pictures(id) {
    const phase = this.phase.value;
    return (this.known.get(id)?.pictures ?? []).filter((picture) => !phase || picture.phase === null || picture.phase === phase);
  }

  /** Lay out the slider over every step that has a picture; at the end it stays at the end. */
  arrange() {
    const every = this.runs.flatMap((run) => this.known.get(run.id)?.pictures ?? []);
    const phases = [...new Set(every.map(({ phase }) => phase).filter((phase) => phase !== null))].sort();
    choices(this.phase, [["", t("both")], .../** @type {[string, string][]} */ (phases.map((phase) => [phase, label(phase)]))]);
    this.phase.hidden = phases.length < 2;
    const before = this.steps[Number(this.slider.value)];
    const last = this.steps.length === 0 || Number(this.slider.value) === this.steps.length - 1;
    const steps = this.runs.flatMap((run) => this.pictures(run.id).map(placed));
    this.steps = [...new Set(steps)].sort((a, b) => a - b);
    this.slider.hidden = this.steps.length < 2;
    this.slider.max = String(Math.max(0, this.steps.length - 1));
    const same = this.steps.findLastIndex((step) => step <= before);
    this.slider.value = String(last || same < 0 ? this.steps.length - 1 : same);
    this.empty.hidden = this.steps.length > 0;
    this.controls.hidden = this.steps.length === 0;
    this.draw();
  }

  /** Show each run's last picture up to the step of the slider. */
  draw() {
    const step = this.steps[Number(this.slider.value)];
    if (step === undefined) {
      this.place.replaceChildren();
      return;
    }
    const told = `${t("step")} ${number(step)}`;
    say(this.at, told);
    this.slider.setAttribute("aria-valuetext", told);
    const drawn = this.runs.filter((run) => this.pictures(run.id).length).flatMap((run) => this.figures(run, step));
    drawn.forEach((figure, at) => {
      if (this.place.children[at] !== figure) this.place.insertBefore(figure, this.place.children[at] ?? null);
    });
    while (this.place.children.length > drawn.length) this.place.lastElementChild?.remove();
  }

  /**
   * A run's pictures of its last step up to this one; without any, a frame that says so.
   * @param {Listed} run
   * @param {number} step
   */
  figures(run, step) {
    const pictures = this.pictures(run.id).filter((picture) => placed(picture) <= step);
    const last = Math.max(...pictures.map(placed));
    const found = pictures.filter((picture) => placed(picture) === last).slice(0, MOST);
    if (found.length === 0) return [this.figure(run, 0, t("noneYet"), null)];
    return found.map((picture, place) => this.figure(run, place,
      last === step ? picture.name : `${picture.name}, ${t("shownFrom", { step: number(last) })}`, picture));
  }

  /** @param {Listed} run @param {number} place among the run's pictures @param {string} text @param {Picture | null} picture */
  figure(run, place, text, picture) {
    const known = [.../** @type {Iterable<HTMLElement>} */ (this.place.children)];
    const figure = known.find((each) => each.dataset.run === `${place} ${run.id}`) ?? empty(run, place, key(this.pens.of(run.id)));
    const [link, image, said] = [figure.querySelector("a"), figure.querySelector("img"), figure.querySelector(".quiet")];
    if (!link || !image || !said) return figure;
    say(said, text);
    link.hidden = picture === null;
    if (picture === null) return figure;
    const source = address(run.id, `images/${encodeURIComponent(picture.id)}`);
    if (image.getAttribute("src") !== source) image.setAttribute("src", source);
    link.href = source;
    image.alt = `${run.name}, ${picture.name}`;
    return figure;
  }
}

/** @param {Picture} picture @returns {number} the step, or else the number, of a picture */
function placed(picture) {
  return picture.step ?? picture.number ?? 0;
}

/** @param {Listed} run @param {number} place @param {Node} key */
function empty(run, place, key) {
  const image = make("img", { alt: "", decoding: "async", loading: "lazy" });
  image.addEventListener("load", () => image.classList.add("there"));
  const figure = make("figure", { class: "picture" },
    make("figcaption", {}, key, make("b", {}, run.name), " ", make("span", { class: "quiet" })),
    make("a", { target: "_blank", rel: "noopener" }, image));
  figure.dataset.run = `${place} ${run.id}`;
  return figure;
}
