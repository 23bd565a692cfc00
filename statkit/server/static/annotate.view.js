// Zoom and pan: the image is laid out at its size on the screen, so that handles keep theirs.

/** @typedef {import("./annotate.geometry.js").Position} Position */

const LARGEST = 32000;  // pixels of the screen that an image may be laid out over
const CLOSEST = 64;  // pixels of the screen for one of the image
const MARGIN = 24;

/** How an image lies on the stage. */
export class View {
  /**
   * @param {HTMLElement} stage
   * @param {HTMLElement} holder what is moved
   * @param {(scale: number) => void} scaled
   */
  constructor(stage, holder, scaled) {
    this.stage = stage;
    this.holder = holder;
    this.scaled = scaled;
    /** @type {HTMLImageElement | null} */
    this.image = null;
    this.width = 1;
    this.height = 1;
    this.scale = 1;  // pixels of the screen for one of the image
    this.x = 0;
    this.y = 0;
    this.isFit = true;
    new ResizeObserver(() => this.isFit ? this.fit() : this.apply()).observe(stage);
  }

  /** @param {HTMLImageElement} image */
  open(image) {
    this.image = image;
    this.width = image.naturalWidth;
    this.height = image.naturalHeight;
    this.fit();
  }

  /** Show the whole image. */
  fit() {
    const { clientWidth, clientHeight } = this.stage;
    this.scale = this.bounded(Math.min((clientWidth - MARGIN) / this.width, (clientHeight - MARGIN) / this.height));
    this.x = (clientWidth - this.width * this.scale) / 2;
    this.y = (clientHeight - this.height * this.scale) / 2;
    this.isFit = true;
    this.apply();
  }

  /** @param {number} scale */
  bounded(scale) {
    const { clientWidth, clientHeight } = this.stage;
    const least = Math.min(clientWidth / this.width, clientHeight / this.height, 1) / 4;
    const most = Math.min(CLOSEST, Math.max(1, LARGEST / Math.max(this.width, this.height)));
    return Math.min(most, Math.max(least, scale)) || 1;
  }

  /**
   * @param {number} factor
   * @param {number} [x] of the window, what stays where it is; default the middle of the stage
   * @param {number} [y]
   */
  zoom(factor, x, y) {
    const around = this.stage.getBoundingClientRect();
    const [left, top] = [(x ?? around.left + around.width / 2) - around.left, (y ?? around.top + around.height / 2) - around.top];
    const scale = this.bounded(this.scale * factor);
    this.x = left - (left - this.x) * scale / this.scale;
    this.y = top - (top - this.y) * scale / this.scale;
    this.scale = scale;
    this.isFit = false;
    this.apply();
  }

  /** @param {number} dx @param {number} dy pixels of the screen */
  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.isFit = false;
    this.apply();
  }

  apply() {
    if (!this.image) return;
    const { clientWidth, clientHeight } = this.stage;
    const [width, height] = [this.width * this.scale, this.height * this.scale];
    const seen = 48;
    this.x = Math.min(clientWidth - seen, Math.max(seen - width, this.x));
    this.y = Math.min(clientHeight - seen, Math.max(seen - height, this.y));
    this.image.style.width = `${width}px`;
    this.image.style.height = `${height}px`;
    this.image.classList.toggle("coarse", this.scale >= 3);
    this.holder.style.transform = `translate(${this.x}px, ${this.y}px)`;
    this.scaled(this.scale);
  }

  /** @param {{clientX: number, clientY: number}} event @returns {Position} in pixels of the image */
  at({ clientX, clientY }) {
    const around = this.stage.getBoundingClientRect();
    const borders = [around.left + this.stage.clientLeft, around.top + this.stage.clientTop];
    return [(clientX - borders[0] - this.x) / this.scale, (clientY - borders[1] - this.y) / this.scale];
  }

  /** @param {Position} position @returns {Position} on the stage */
  onStage([x, y]) {
    return [x * this.scale + this.x, y * this.scale + this.y];
  }
}
