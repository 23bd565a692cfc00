// One image open for drawing: its shapes, their history, what is selected, and the saving of them.

import { make } from "./elements.js";
import { address, get, post, Refused } from "./annotate.api.js";
import { Board } from "./annotate.board.js";
import { choice } from "./annotate.dialogs.js";
import { Drafts } from "./annotate.drafts.js";
import { History } from "./annotate.history.js";
import { erased, painted } from "./annotate.painting.js";
import { version } from "./annotate.panels.js";
import { moved as shifted } from "./annotate.geometry.js";
import { Saver } from "./annotate.saving.js";
import { classed, drawn, featuresOf, isLocked, isSame, merged } from "./annotate.shapes.js";
import { t } from "./annotate.words.js";

/** @typedef {import("./annotate.shapes.js").Feature} Feature */
/** @typedef {import("./annotate.shapes.js").Class} Class */
/** @typedef {import("./annotate.geometry.js").Geometry} Geometry */
/** @typedef {import("./annotate.geometry.js").Position} Position */
/** @typedef {import("./annotate.api.js").Picture} Picture */
/** @typedef {import("./annotate.api.js").Saved} Saved */

/**
 * @typedef {object} Told
 * @property {() => void} changed shapes, selection or history are others
 * @property {(state: import("./annotate.saving.js").State, reason?: string) => void} state
 * @property {(revision: number) => void} saved
 * @property {() => void} unkept the browser keeps no unsent work
 */

/** Load an image and its shapes. @param {string} session @param {Picture} image @param {string} rater */
export async function load(session, image, rater) {
  const url = address(session, image.id);
  const element = make("img", { src: `${url}/image.png`, alt: image.title, draggable: "false" });
  const [saved] = await Promise.all([get(`${url}/shapes?${new URLSearchParams({ rater })}`), element.decode()]);
  return { url, element, saved: /** @type {Saved} */ (saved) };
}

/** The image that is open. */
export class Sheet {
  /**
   * @param {string} session @param {Picture} image @param {string} rater
   * @param {Awaited<ReturnType<typeof load>>} loaded
   * @param {HTMLElement} holder @param {Told} told
   */
  constructor(session, image, rater, { url, element, saved }, holder, told) {
    this.image = image;
    this.rater = rater;
    this.url = url;
    this.element = element;
    this.told = told;
    this.submitted = saved.submitted;
    this.drafts = new Drafts(session, image.id, rater);
    this.history = new History(featuresOf(saved.geojson));
    holder.replaceChildren(element);
    this.board = new Board(element, (feature, geometry) => this.reshaped(feature, geometry));
    this.saver = new Saver(url, rater, saved.revision, this.drafts, {
      state: told.state,
      saved: (answer) => this.kept(answer),
      conflict: (conflict) => void this.conflicted(conflict.revision, featuresOf(conflict.theirs)),
      locked: () => void this.overtaken(),
      unkept: told.unkept,
    });
    this.saver.learn(this.features);
    /** @type {string | null} */
    this.selected = null;
    this.handles = true;
    this.board.show(this.features);
  }

  /** @returns {Feature[]} */
  get features() {
    return this.history.now;
  }

  /** @returns {Feature | null} */
  get chosen() {
    return this.features.find((each) => each.id === this.selected) ?? null;
  }

  get isFinal() {
    return this.submitted !== null;
  }

  /** Take up work that was left unsent. */
  async resume() {
    const found = await this.drafts.found();
    if (!found) return;
    const { key, draft } = found;
    const settled = () => this.drafts.remove(key);
    if (isSame(draft.features, this.features)) settled();
    else if (this.isFinal) await this.overtaken(draft.features).then(settled);
    else if (draft.revision === this.saver.revision) {
      this.commit(draft.features);
      if (await this.saver.flush()) settled();
    } else {
      const theirs = this.features;
      this.history.push(draft.features);
      await this.conflicted(this.saver.revision, theirs);
      settled();
    }
  }

  /** Show another state as the present one, and save it. @param {Feature[]} features @param {string | null} [selected] */
  commit(features, selected = this.selected) {
    if (this.isFinal) return;
    this.history.push(features);
    this.present(selected);
    this.saver.change(features);
  }

  /** @param {string | null} selected */
  present(selected) {
    this.board.show(this.features);
    this.select(selected);
  }

  /** @param {string | null} id */
  select(id) {
    this.selected = this.features.some((each) => each.id === id) ? id : null;
    this.board.select(this.selected, this.features, this.handles && !this.isFinal);
    this.told.changed();
  }

  /** Give the selected shape handles, or take them: other tools than selecting draw over it. @param {boolean} handles */
  handled(handles) {
    this.handles = handles;
    this.select(this.selected);
  }

  /** @param {-1 | 1} step */
  step(step) {
    if (this.isFinal || !this.history.go(step)) return;
    this.board.select(null, this.features);
    this.present(this.selected);
    this.saver.change(this.features);
  }

  /** @param {Geometry} geometry @param {Class | null} kind */
  draw(geometry, kind) {
    const feature = drawn(geometry, kind);
    this.commit([...this.features, feature], feature.id);
  }

  /** @param {Position[]} stroke @param {number} radius @param {boolean} erase @param {Class | null} kind */
  paint(stroke, radius, erase, kind) {
    if (erase) {
      const left = erased(this.features, this.selected, stroke, radius, this.image);
      if (left) this.commit(left);
      return;
    }
    const made = painted(this.features, this.selected, kind, stroke, radius, this.image);
    if (made) this.commit(made.features, made.selected);
  }

  /** @param {Feature} feature @param {Geometry} geometry */
  reshaped(feature, geometry) {
    this.commit(this.features.map((each) => each.id === feature.id ? { ...each, geometry } : each));
  }

  /** Move a shape; until it is done it is only shown. @param {Feature} feature @param {number} dx @param {number} dy @param {boolean} done */
  move(feature, dx, dy, done) {
    const made = { ...feature, geometry: shifted(feature.geometry, dx, dy) };
    const features = this.features.map((each) => each.id === feature.id ? made : each);
    if (done) this.commit(features);
    else this.board.show(features);
  }

  /** @param {Class | null} kind of the selected shape */
  classify(kind) {
    const { chosen } = this;
    if (chosen && !isLocked(chosen)) this.commit(this.features.map((each) => each === chosen ? classed(each, kind) : each));
  }

  /** Delete the marked corner of the selected shape, else the shape. */
  remove() {
    if (this.board.removeCorner()) return;
    const { chosen } = this;
    if (chosen && !isLocked(chosen)) this.commit(this.features.filter((each) => each !== chosen), null);
  }

  /** Add the shapes of a file. @param {any} geojson @returns {number} how many are new */
  add(geojson) {
    const given = featuresOf(geojson);
    const all = merged(given, this.features);
    const added = all.length - this.features.length;
    if (added) this.commit(all);
    return added;
  }

  /** @param {Saved} answer */
  kept(answer) {
    this.submitted = answer.submitted;
    this.told.saved(answer.revision);
    if (!this.saver.wanted && answer.losses.length) this.take(featuresOf(answer.geojson));
  }

  /** @param {"submit" | "reopen"} action */
  async mark(action) {
    if (!await this.saver.flush()) throw new Refused(0, { error: t("unsaved") });
    const answer = /** @type {Saved} */ (await post(`${this.url}/${action}`, { rater: this.rater, revision: this.saver.revision }));
    this.saver.revision = answer.revision;
    this.submitted = answer.submitted;
    this.take(featuresOf(answer.geojson));
    this.told.saved(answer.revision);
  }

  /** Show what the server has. @param {Feature[]} features */
  take(features) {
    this.saver.learn(features);
    this.history.push(features);
    this.present(this.selected);
  }

  /** Somebody saved meanwhile: one chooses, and nothing is lost. @param {number} revision @param {Feature[]} theirs */
  async conflicted(revision, theirs) {
    const mine = this.features;
    const chosen = await choice("conflictTitle", "conflictWhy", this.versions(mine, theirs),
      [["mine", "keepMine"], ["theirs", "takeTheirs"], ["both", "keepBoth"]]);
    this.saver.learn(theirs);
    const features = { mine, theirs, both: merged(mine, theirs) }[chosen];
    if (features !== this.features) {
      this.history.push(features);
      this.present(this.selected);
    }
    await this.saver.settle(revision, chosen === "theirs" ? null : features);
    this.told.changed();
  }

  /** The image was submitted meanwhile. @param {Feature[]} [mine] */
  async overtaken(mine = this.features) {
    const saved = /** @type {Saved} */ (await get(`${this.url}/shapes?${new URLSearchParams({ rater: this.rater })}`));
    const theirs = featuresOf(saved.geojson);
    this.saver.learn(theirs);
    const chosen = await choice("lockedTitle", "lockedWhy", this.versions(mine, theirs), [["mine", "reopenMine"], ["theirs", "takeSubmitted"]]);
    this.submitted = saved.submitted;
    this.saver.revision = saved.revision;
    if (chosen === "theirs") this.history.push(theirs);
    else {
      this.saver.wanted = null;
      this.saver.paused = false;
      await this.mark("reopen");
      this.history.push(mine);
    }
    this.present(this.selected);
    await this.saver.settle(this.saver.revision, chosen === "theirs" ? null : mine);
    this.told.changed();
  }

  /** @param {Feature[]} mine @param {Feature[]} theirs */
  versions(mine, theirs) {
    const address = this.element.src;
    return [version(t("mine"), mine, this.image, address), version(t("theirs"), theirs, this.image, address)];
  }

  /** Leave the image: what is unsent is kept on this machine. @param {boolean} [parting] */
  async leave(parting = false) {
    this.board.settle();
    const sent = this.saver.flush(parting);
    if (!parting) {
      await sent;
      this.saver.close();
      this.board.close();
    }
  }
}
