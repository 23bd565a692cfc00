// The attention over the image: hidden until asked for, and never shown before the journal has it.

import { choices, make, say } from "./elements.js";
import { address, post } from "./annotate.api.js";
import { t } from "./annotate.words.js";

/** @typedef {import("./annotate.api.js").Picture} Picture */
/** @typedef {{box: HTMLInputElement, more: HTMLElement, layer: HTMLSelectElement, opacity: HTMLInputElement, said: HTMLElement}} Controls */

/** The attention of one page; off again for every image. */
export class Overlay {
  /** @param {Controls} controls @param {(reason: unknown) => void} failed */
  constructor(controls, failed) {
    this.controls = controls;
    this.failed = failed;
    this.picture = make("img", { class: "over", alt: "", draggable: "false" });
    /** @type {{session: string, image: Picture, rater: string} | null} */
    this.of = null;
    /** @type {string | null} the layer that is shown */
    this.shown = null;
    this.unblinded = false;
    controls.box.addEventListener("change", () => void this.toggle(controls.box.checked));
    controls.layer.addEventListener("change", () => void this.toggle(controls.box.checked));
    controls.opacity.addEventListener("input", () => this.fade());
  }

  /**
   * @param {string} session @param {Picture} image @param {string} rater @param {boolean} unblinded
   * @param {HTMLElement} holder where the image is, before the shapes
   */
  open(session, image, rater, unblinded, holder) {
    this.of = { session, image, rater };
    [this.shown, this.unblinded] = [null, unblinded];
    this.picture.remove();
    this.picture.removeAttribute("src");
    holder.firstElementChild?.after(this.picture);
    this.picture.hidden = true;
    const { box, layer } = this.controls;
    box.checked = false;
    box.disabled = !image.layers.length;
    choices(layer, image.layers.map((name) => [name, name]));
    this.describe();
  }

  describe() {
    const { box, more, said } = this.controls;
    more.hidden = !box.checked;
    say(said, t(!this.of?.image.layers.length ? "noAttention" : this.unblinded ? "unblinded" : "attentionWhy"));
  }

  /** @param {boolean} wanted */
  async toggle(wanted) {
    const { of } = this;
    if (!of) return;
    const layer = this.controls.layer.value;
    const url = address(of.session, of.image.id);
    this.hide();
    if (!wanted) return;
    try {
      await post(`${url}/overlay`, { rater: of.rater, layer, shown: true });
      if (this.of !== of || !this.controls.box.checked || this.controls.layer.value !== layer) {
        await post(`${url}/overlay`, { rater: of.rater, layer, shown: false });
        return;
      }
      this.picture.src = `${url}/overlay.png?${new URLSearchParams({ layer, rater: of.rater })}`;
      [this.shown, this.unblinded, this.picture.hidden] = [layer, true, false];
      this.fade();
    } catch (reason) {
      this.controls.box.checked = false;
      this.failed(reason);
    }
    this.describe();
  }

  /** Take it away, and say so in the journal. @param {boolean} [parting] */
  hide(parting = false) {
    this.picture.hidden = true;
    this.picture.removeAttribute("src");
    this.describe();
    if (this.shown === null || !this.of) return;
    const { session, image, rater } = this.of;
    const layer = this.shown;
    this.shown = null;
    post(`${address(session, image.id)}/overlay`, { rater, layer, shown: false }, parting).catch(() => {});
  }

  fade() {
    this.picture.style.opacity = String(Number(this.controls.opacity.value) / 100);
  }
}
