/** A bound on waiting, far above what anything takes. */
const PATIENCE_MS = 60_000;
const INTERVAL_MS = 10;

/** Waits until a condition holds that has no event. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const start = performance.now();
  while (!(await holds())) {
    if (performance.now() - start > PATIENCE_MS) throw new Error(`it did not come about that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}
