// What was drawn, step by step, to go back to.

/** @typedef {import("./annotate.shapes.js").Feature} Feature */

const MOST = 200;

/** States of one image's shapes; each is a list that is never changed. */
export class History {
  /** @param {Feature[]} first */
  constructor(first) {
    this.states = [first];
    this.place = 0;
  }

  /** @returns {Feature[]} */
  get now() {
    return this.states[this.place];
  }

  /** @param {Feature[]} features a new state; what was undone is gone */
  push(features) {
    this.states = [...this.states.slice(Math.max(0, this.place + 2 - MOST), this.place + 1), features];
    this.place = this.states.length - 1;
  }

  get canUndo() {
    return this.place > 0;
  }

  get canRedo() {
    return this.place < this.states.length - 1;
  }

  /** @param {-1 | 1} steps @returns {boolean} whether there was a state to go to */
  go(steps) {
    const place = this.place + steps;
    if (place < 0 || place >= this.states.length) return false;
    this.place = place;
    return true;
  }
}
