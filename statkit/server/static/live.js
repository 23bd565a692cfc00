// The one connection over which the server says what changed.

/** @typedef {import("./contract.js").Change} Change */

const PATIENCE = [1000, 2000, 4000, 8000];

/**
 * Listen to the server; a connection that ends is opened again.
 * @param {object} listener
 * @param {(change: Change) => void} listener.changed files of runs changed
 * @param {() => void} listener.moved the set of runs is another
 * @param {(revision: number) => void} listener.greeted the connection opened; what the server counts of changes so far
 * @param {() => void} listener.lost the connection broke
 */
export function listen({ changed, moved, greeted, lost }) {
  let tries = 0;
  const open = () => {
    const source = new EventSource("api/live");
    source.addEventListener("hello", (event) => {
      tries = 0;
      greeted(read(event).revision);
    });
    source.addEventListener("change", (event) => changed(read(event)));
    source.addEventListener("runs", () => moved());
    source.addEventListener("resync", () => moved());
    source.addEventListener("error", () => {
      lost();
      if (source.readyState !== EventSource.CLOSED) return;  // the browser tries again by itself
      source.close();
      setTimeout(open, PATIENCE[Math.min(tries++, PATIENCE.length - 1)]);
    });
  };
  open();
}

/** @param {Event} event @returns {Change} */
function read(event) {
  const { revision = 0, runs = [], status = {} } = JSON.parse(/** @type {MessageEvent} */ (event).data);
  return { revision, runs, status };
}
