/** What `once` and `collect` need of an emitter; Node's, a component emitter's and ours have it. */
export interface Listenable {
  on(event: any, listener: (...args: any[]) => void): unknown;
  off?(event: any, listener: (...args: any[]) => void): unknown;
  removeListener?(event: any, listener: (...args: any[]) => void): unknown;
}

/** A bound on waiting, far above what any event takes; it names the event that did not come. */
const PATIENCE_MS = 60_000;

/** Waits for the next `event` and returns its arguments; rejects when one of `unless` comes first. */
export function once(
  emitter: Listenable,
  event: string,
  { unless = [], patienceMs = PATIENCE_MS }: { unless?: readonly string[]; patienceMs?: number } = {},
): Promise<any[]> {
  return new Promise((resolve, reject) => {
    const refusals = unless.map((name) => ({
      name,
      listener: (...args: unknown[]) => settle(() => reject(new Error(`"${name}" came: ${describeArgs(args)}`))),
    }));
    const timer = setTimeout(
      () => settle(() => reject(new Error(`"${event}" did not come within ${patienceMs} ms`))),
      patienceMs,
    );
    const listener = (...args: unknown[]): void => settle(() => resolve(args));
    emitter.on(event, listener);
    for (const refusal of refusals) emitter.on(refusal.name, refusal.listener);

    function settle(outcome: () => void): void {
      clearTimeout(timer);
      remove(emitter, event, listener);
      for (const refusal of refusals) remove(emitter, refusal.name, refusal.listener);
      outcome();
    }
  });
}

/** Waits for `count` occurrences of `event` and returns the arguments of each, in order. */
export function collect(emitter: Listenable, event: string, count: number): Promise<any[][]> {
  return new Promise((resolve, reject) => {
    const seen: unknown[][] = [];
    const timer = setTimeout(() => {
      remove(emitter, event, listener);
      reject(new Error(`"${event}" came ${seen.length} times of ${count} within ${PATIENCE_MS} ms`));
    }, PATIENCE_MS);
    const listener = (...args: unknown[]): void => {
      seen.push(args);
      if (seen.length < count) return;
      clearTimeout(timer);
      remove(emitter, event, listener);
      resolve(seen);
    };
    emitter.on(event, listener);
  });
}

/** Records every occurrence of `event` from now on. */
export function record(emitter: Listenable, event: string): any[][] {
  const seen: unknown[][] = [];
  emitter.on(event, (...args: unknown[]) => seen.push(args));
  return seen;
}

/** Waits until `settled` holds, asking again after each turn of the event loop. For state that announces nothing. */
export async function eventually(settled: () => boolean, what: string): Promise<void> {
  const giveUp = performance.now() + PATIENCE_MS;
  while (!settled()) {
    if (performance.now() > giveUp) throw new Error(`${what}: not within ${PATIENCE_MS} ms`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function remove(emitter: Listenable, event: string, listener: (...args: any[]) => void): void {
  if (emitter.off) emitter.off(event, listener);
  else emitter.removeListener?.(event, listener);
}

function describeArgs(args: readonly unknown[]): string {
  return args.map((arg) => (arg instanceof Error ? arg.message : JSON.stringify(arg))).join(", ");
}
