import type { RecoveryBench, RecoveryHarness } from "@halyard/conformance";
import { createSessionStorage } from "@halyard/redis-adapter/sessions";
import type { AnyClient, ClientKind } from "./clients.ts";
import type { RedisServer } from "./redis-server.ts";

type Factory = ReturnType<typeof createSessionStorage>;
type Host = Parameters<Factory>[0];
type Storage = ReturnType<Factory>;

/** The machine's time. */
const clock: Host["clock"] = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(callback, delayMs, background) {
    const timer = setTimeout(callback, delayMs);
    if (background === true) timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

let count = 0;

/** Sets up storages over one Redis server. */
export function sessionHarness(kind: ClientKind, redis: () => RedisServer): RecoveryHarness {
  return {
    async create(limits) {
      const clients: AnyClient[] = [];
      const storages: Storage[] = [];
      const prefix = `bench-${++count}`;
      const join = (): Storage => {
        const client = kind.create(redis().port);
        clients.push(client);
        const storage = createSessionStorage(client, { prefix })({ clock, limits });
        storages.push(storage);
        return storage;
      };
      const storage = join();
      for (const client of clients) await kind.command(client, "PING");
      const bench: RecoveryBench = {
        storage,
        join,
        pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        async settled() {
          // a command is answered after those before it
          await new Promise(setImmediate);
          for (const client of clients) await kind.command(client, "PING");
        },
        async close() {
          for (const one of storages) one.close();
          await bench.settled?.();
          for (const client of clients) await kind.end(client);
        },
      };
      return bench;
    },
  };
}
