// Saving as one draws: a second after the last change, onto the revision it builds on; what cannot be sent is kept.

import { post, Refused } from "./annotate.api.js";
import { collection } from "./annotate.shapes.js";

/** @typedef {import("./annotate.shapes.js").Feature} Feature */
/** @typedef {import("./annotate.api.js").Saved} Saved */
/** @typedef {import("./annotate.api.js").Conflict} Conflict */
/** @typedef {"saved" | "unsaved" | "saving" | "offline" | "refused" | "conflict"} State */

/**
 * @typedef {object} Told
 * @property {(state: State, reason?: string) => void} state
 * @property {(answer: Saved) => void} saved
 * @property {(conflict: Conflict) => void} conflict somebody saved meanwhile
 * @property {() => void} locked the image was submitted meanwhile
 * @property {() => void} unkept the browser keeps no unsent work
 */

const QUIET = 1000;  // milliseconds after the last change
const PATIENCE = [2000, 4000, 8000, 15000, 30000];

/** Saves one image of one rater. */
export class Saver {
  /**
   * @param {string} url of the image
   * @param {string} rater
   * @param {number} revision
   * @param {import("./annotate.drafts.js").Drafts} drafts
   * @param {Told} told
   */
  constructor(url, rater, revision, drafts, told) {
    this.url = url;
    this.rater = rater;
    this.revision = revision;
    this.drafts = drafts;
    this.told = told;
    /** @type {Feature[] | null} what the server does not have */
    this.wanted = null;
    /** @type {Promise<boolean> | null} */
    this.sending = null;
    /** @type {Map<string, Record<string, string>>} what the server noted of shapes, by id */
    this.notes = new Map();
    this.paused = false;
    this.isKept = true;
    this.tries = 0;
    this.timer = 0;
    this.again = () => { void this.flush(); };
    addEventListener("online", this.again);
  }

  /** @param {Feature[]} features as they came from the server */
  learn(features) {
    for (const { id, properties } of features) if (properties.metadata) this.notes.set(id, properties.metadata);
  }

  /** @param {Feature[]} features */
  change(features) {
    this.wanted = features;
    void this.keep(features);
    if (this.paused) return;
    this.told.state("unsaved");
    this.later(QUIET);
  }

  /** Whether leaving the page now would lose something. */
  get isAtRisk() {
    return this.wanted !== null && !this.isKept;
  }

  /** @param {Feature[]} features */
  async keep(features) {
    this.isKept = await this.drafts.keep(this.revision, features);
    if (!this.isKept) this.told.unkept();
    else if (this.wanted === null) await this.drafts.drop();  // it was sent meanwhile
  }

  /** @param {number} milliseconds */
  later(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.again, milliseconds);
  }

  /** Send what is unsent. @param {boolean} [parting] @returns {Promise<boolean>} whether the server has everything */
  async flush(parting = false) {
    clearTimeout(this.timer);
    while (this.sending) await this.sending;
    if (this.paused || !this.wanted) return !this.wanted;
    this.sending = this.send(this.wanted, parting);
    try {
      return await this.sending;
    } finally {
      this.sending = null;
    }
  }

  /** @param {Feature[]} features @param {boolean} parting */
  async send(features, parting) {
    this.told.state("saving");
    try {
      const noted = features.map((each) => this.noted(each));
      const body = { rater: this.rater, revision: this.revision, geojson: collection(noted) };
      this.accept(await post(`${this.url}/save`, body, parting), features);
    } catch (reason) {
      this.refused(reason);
      return false;
    }
    return this.wanted === null;
  }

  /** @param {Saved} answer @param {Feature[]} features what was sent */
  accept(answer, features) {
    this.revision = answer.revision;
    this.tries = 0;
    this.learn(answer.geojson.features);
    if (this.wanted === features) {
      this.wanted = null;
      void this.drafts.drop();
      this.told.state("saved");
    } else if (this.wanted) {
      void this.keep(this.wanted);
      this.later(QUIET);
    }
    this.told.saved(answer);
  }

  /** @param {unknown} reason */
  refused(reason) {
    if (!(reason instanceof Refused)) throw reason;
    if (reason.status === 409 && reason.answer.theirs) {
      this.paused = true;
      this.told.state("conflict");
      this.told.conflict(reason.answer);
    } else if (reason.status === 423) {
      this.paused = true;
      this.told.state("conflict");
      this.told.locked();
    } else {
      this.told.state(reason.status === 0 ? "offline" : "refused", reason.message);
      this.later(PATIENCE[Math.min(this.tries++, PATIENCE.length - 1)]);
    }
  }

  /** Go on from a revision. @param {number} revision @param {Feature[] | null} features what is to be saved onto it; null: nothing */
  async settle(revision, features) {
    this.revision = revision;
    this.paused = false;
    this.wanted = null;
    if (features) {
      this.change(features);
      await this.flush();
    } else {
      await this.drafts.drop();
      this.told.state("saved");
    }
  }

  /** @param {Feature} feature @returns {Feature} with what the server noted of it */
  noted(feature) {
    const notes = this.notes.get(feature.id);
    if (!notes) return feature;
    return { ...feature, properties: { ...feature.properties, metadata: { ...notes, ...feature.properties.metadata } } };
  }

  close() {
    clearTimeout(this.timer);
    removeEventListener("online", this.again);
  }
}
