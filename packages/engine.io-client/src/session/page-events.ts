/** Who is to know that the network is gone. */
const whenOffline = new Set<() => void>();

// once, while the script is first evaluated: service workers ignore listeners that are added later
if (typeof addEventListener === "function")
  addEventListener("offline", () => {
    for (const listener of whenOffline) listener();
  });

/** Calls the listener when the browser says that the network is gone; returns the undo. */
export function onOffline(listener: () => void): () => void {
  whenOffline.add(listener);
  return () => void whenOffline.delete(listener);
}

/** Calls the listener before the page unloads; returns the undo. */
export function onBeforeUnload(listener: () => void): () => void {
  if (typeof addEventListener !== "function") return () => {};
  addEventListener("beforeunload", listener);
  return () => removeEventListener("beforeunload", listener);
}
