import type { Bus, Clock } from "@halyard/contracts";
import type { PendingQuery } from "./pending-query.ts";

/** How long a backend may take to count nodes. */
const COUNT_TIMEOUT_MS = 5_000;

/** How long answers are missing before it is asked whose they are. */
const NAMES_DELAY_MS = 500;

/** How many other nodes a backend counts; 0 if it cannot, or not before the signal aborts or its time is over. Does not reject. */
export async function countPeers(bus: Bus, clock: Clock, namespace: string, signal?: AbortSignal): Promise<number> {
  if (bus.peerCount === undefined) return 0;
  const { promise: late, cancel } = after(clock, signal);
  const counted = bus.peerCount(namespace).catch(() => 0);
  const count = await Promise.race([counted, late]);
  cancel();
  return count;
}

/** Lets a query wait for nodes that are known by number only; what they are called is asked once they take their time. Does not reject. */
export async function expectPeers(bus: Bus, clock: Clock, namespace: string, pending: PendingQuery): Promise<void> {
  pending.expectUnnamed(await countPeers(bus, clock, namespace));
  if (!pending.hasUnnamed || bus.peerNames === undefined) return;
  await new Promise<void>((resolve) => void clock.schedule(resolve, NAMES_DELAY_MS, true));
  if (pending.hasUnnamed) pending.nameUnnamed(await bus.peerNames(namespace).catch(() => []));
}

/** Resolves when the time is over, or when the signal aborts. */
function after(clock: Clock, signal?: AbortSignal): { readonly promise: Promise<number>; readonly cancel: () => void } {
  let cancel = (): void => {};
  const promise = new Promise<number>((resolve) => {
    const finish = (): void => resolve(0);
    const timer = clock.schedule(finish, COUNT_TIMEOUT_MS, true);
    if (signal?.aborted === true) finish();
    signal?.addEventListener("abort", finish, { once: true });
    cancel = () => {
      timer.cancel();
      signal?.removeEventListener("abort", finish);
    };
  });
  return { promise, cancel };
}
