// What the page remembers on this machine; where it may remember nothing, it forgets.

/** @param {string} name @returns {string | null} */
export function remembered(name) {
  try {
    return localStorage.getItem(`statkit.${name}`);
  } catch {
    return null;
  }
}

/** @param {string} name @param {string} value */
export function remember(name, value) {
  try {
    localStorage.setItem(`statkit.${name}`, value);
  } catch {
    return;
  }
}
