const offline = new Set<() => void>();
// service workers have it, Node.js has not
const inBrowser = typeof addEventListener === "function";

// once, while the script is first evaluated: service workers ignore listeners that are added later
if (inBrowser) addEventListener("offline", () => offline.forEach((listener) => listener()));

/** Calls back when the browser says that the network is gone, and before the page unloads; returns the undo, if there is any. */
export function watchPage(
  onOffline?: (() => void) | false,
  onBeforeUnload?: (() => void) | false,
): (() => void) | undefined {
  if (!inBrowser) return undefined;
  if (onOffline) offline.add(onOffline);
  if (onBeforeUnload) addEventListener("beforeunload", onBeforeUnload);
  return () => {
    if (onOffline) offline.delete(onOffline);
    if (onBeforeUnload) removeEventListener("beforeunload", onBeforeUnload);
  };
}
