/** What a session hears of its page or worker, by the name of the event. */
export type PageListener = (event: string) => void;

const listeners = new Set<PageListener>();
const tell = ({ type }: Event): void => listeners.forEach((listener) => listener(type));

// service workers have it, Node.js has not
const listen = typeof addEventListener === "function" && addEventListener;

// once, while the script is first evaluated: service workers ignore listeners that are added later
if (listen) for (const name of ["offline", "online", "pageshow", "visibilitychange"]) listen(name, tell);

/**
 * Calls back when the network goes or comes, and when the page comes back to the front or to life; on request also before
 * it unloads, which keeps some browsers from preserving the page. Returns the undo, if there is any.
 */
export function watchPage(listener: PageListener, unloading?: boolean): (() => void) | undefined {
  if (!listen) return undefined;
  listeners.add(listener);
  // a second time without effect
  if (unloading) listen("beforeunload", tell);
  return () => listeners.delete(listener);
}
