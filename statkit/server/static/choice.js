// What someone chose to look at, kept in the address so that a reload or a bookmark shows it again.

/** @typedef {{run: string | null, on: string[] | null, metrics: string[] | null}} Choice */

/** @returns {Choice} what the address says */
export function chosen() {
  const parts = new URLSearchParams(location.hash.slice(1));
  return { run: parts.get("run"), on: parts.has("on") ? parts.getAll("on").filter(Boolean) : null, metrics: parts.has("metric") ? parts.getAll("metric") : null };
}

/** @param {Choice} choice */
export function keep({ run, on, metrics }) {
  const parts = new URLSearchParams();
  if (run !== null) parts.set("run", run);
  for (const id of on ?? []) parts.append("on", id);
  if (on?.length === 0) parts.set("on", "");
  for (const metric of metrics ?? []) parts.append("metric", metric);
  const hash = parts.toString();
  if (location.hash.slice(1) !== hash) history.replaceState(null, "", `${location.pathname}${location.search}${hash && `#${hash}`}`);
}
