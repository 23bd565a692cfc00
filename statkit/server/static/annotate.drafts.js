// Work that the server does not have yet, kept on this machine under the name of the window that drew it.

/** @typedef {import("./annotate.shapes.js").Feature} Feature */
/** @typedef {{at: number, revision: number, features: Feature[]}} Draft */

const PREFIX = "statkit.draft.";
const LOCK = "statkit.window.";

/** Milliseconds after which work of a window of which nothing is known counts as left behind. */
const LEFT = 60_000;

/** This window's name; another one if a window that was copied from it has it. @type {Promise<string>} */
const own = named();

async function named() {
  const known = kept(sessionStorage, "statkit.window");
  if (known && await taken(known)) return known;
  const made = Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  await taken(made);
  try {
    sessionStorage.setItem("statkit.window", made);
  } catch { /* it has another name after a reload */ }
  return made;
}

/** Hold a name as long as the window lives. @param {string} name @returns {Promise<boolean>} false: another window has it */
function taken(name) {
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    void navigator.locks.request(LOCK + name, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock ? new Promise(() => {}) : undefined;
    });
  });
}

/** @param {Storage} storage @param {string} key */
function kept(storage, key) {
  try {
    return storage.getItem(key);
  } catch {
    return null;
  }
}

/** The work on one image by one rater. */
export class Drafts {
  /** @param {string} session @param {string} image @param {string} rater */
  constructor(session, image, rater) {
    this.prefix = PREFIX + [session, image, rater].map(encodeURIComponent).join(".") + ".";
  }

  /** @param {number} revision it builds on @param {Feature[]} features @returns {Promise<boolean>} whether it is kept */
  async keep(revision, features) {
    try {
      localStorage.setItem(this.prefix + await own, JSON.stringify({ at: Date.now(), revision, features }));
      return true;
    } catch {
      return false;
    }
  }

  /** Forget this window's draft: the server has it. */
  async drop() {
    this.remove(this.prefix + await own);
  }

  /** @param {string} key */
  remove(key) {
    try {
      localStorage.removeItem(key);
    } catch { /* there is nothing to remove from */ }
  }

  /** Find work that no window holds any more, this window's first. @returns {Promise<{key: string, draft: Draft} | null>} */
  async found() {
    const mine = this.prefix + await own;
    const open = await windows();
    const keys = [mine, ...allKeys().filter((key) => key.startsWith(this.prefix) && key !== mine)];
    for (const key of keys) {
      const draft = read(key);
      if (!draft) continue;
      const name = key.slice(this.prefix.length);
      const isLeft = open ? !open.has(name) : Date.now() - draft.at > LEFT;
      if (key === mine || isLeft) return { key, draft };
    }
    return null;
  }
}

/** @returns {Promise<Set<string> | null>} names of the windows that are open; null where browsers do not tell */
async function windows() {
  if (!navigator.locks) return null;
  const { held = [] } = await navigator.locks.query();
  return new Set(held.map(({ name = "" }) => name).filter((name) => name.startsWith(LOCK)).map((name) => name.slice(LOCK.length)));
}

/** @returns {string[]} */
function allKeys() {
  try {
    return Object.keys(localStorage);
  } catch {
    return [];
  }
}

/** @param {string} key @returns {Draft | null} */
function read(key) {
  try {
    const draft = JSON.parse(kept(localStorage, key) ?? "null");
    return draft && Array.isArray(draft.features) && Number.isInteger(draft.revision) ? draft : null;
  } catch {
    return null;
  }
}
