// Colours of a quantity, dark to bright, apart for every eye: cividis (Nuñez, Anderton and Renslow 2018).

const STOPS = [[0, 34, 78], [60, 77, 110], [124, 123, 120], [188, 174, 108], [254, 232, 56]];
const MISSING = [176, 176, 176];

/**
 * The colour of a share of the range, as red, green and blue from 0 to 255.
 * @param {number | null} share 0 to 1; null for what is not there
 */
export function shade(share) {
  if (share === null || !Number.isFinite(share)) return MISSING;
  const at = Math.min(1, Math.max(0, share)) * (STOPS.length - 1);
  const low = Math.min(Math.floor(at), STOPS.length - 2);
  return STOPS[low].map((part, channel) => Math.round(part + (STOPS[low + 1][channel] - part) * (at - low)));
}

/** @param {HTMLCanvasElement} canvas filled with the whole range, low at the left */
export function legend(canvas) {
  canvas.width = 128;
  canvas.height = 1;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const pixels = context.createImageData(128, 1);
  for (let x = 0; x < 128; x++) pixels.data.set([...shade(x / 127), 255], x * 4);
  context.putImageData(pixels, 0, 0);
}
