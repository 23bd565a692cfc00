// Work that may wait a moment: one piece after the other, so that the page answers in between.

/** @type {Set<{draw: () => void}>} */
const waiting = new Set();
let running = false;

/**
 * Draw something soon; asked for twice it is drawn once.
 * @param {{draw: () => void}} piece
 */
export function soon(piece) {
  waiting.add(piece);
  if (running) return;
  running = true;
  setTimeout(next);
}

function next() {
  const [piece] = waiting;
  waiting.delete(piece);
  running = waiting.size > 0;
  if (running) setTimeout(next);
  piece.draw();
}
