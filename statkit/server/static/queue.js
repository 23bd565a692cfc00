// Work that may wait a moment: what is in sight first, and the page answers in between.

/** @typedef {{draw: () => void, seen?: boolean}} Piece what can be drawn; `seen` where it is in sight */

/** Work goes on for so many ms before the page may answer and paint. */
const SLICE = 12;

/** @type {Set<Piece>} */
const waiting = new Set();
const channel = new MessageChannel();
let running = false;
channel.port1.onmessage = () => work();

/**
 * Draw something soon; asked for twice it is drawn once.
 * @param {Piece} piece
 */
export function soon(piece) {
  waiting.add(piece);
  if (running) return;
  running = true;
  channel.port2.postMessage(null);
}

function work() {
  const end = performance.now() + SLICE;
  while (waiting.size && performance.now() < end) {
    const piece = [...waiting].find(({ seen }) => seen) ?? [...waiting][0];
    waiting.delete(piece);
    try {
      piece.draw();
    } catch (reason) {
      reportError(reason);
    }
  }
  running = waiting.size > 0;
  if (running) requestAnimationFrame(() => channel.port2.postMessage(null));
}
