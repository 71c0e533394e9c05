import type { NamespaceStorage, RecoveryObserver, RecoveryStorage, RecoveryStorageHost } from "@halyard/contracts";
import { LogBudget } from "./log-budget.ts";
import { LostSessions } from "./lost-sessions.ts";
import { MemoryReplayLog } from "./memory-replay-log.ts";
import { MemorySessionStore } from "./memory-session-store.ts";

/** Keeps sessions and packets in this process's memory, within one set of limits for all namespaces. */
export function createMemoryStorage({ clock, limits }: RecoveryStorageHost): RecoveryStorage {
  const budget = new LogBudget(clock, limits);
  const lost = new LostSessions(clock, limits);
  return {
    open: (_namespace: string, observer: RecoveryObserver): NamespaceStorage => ({
      sessions: new MemorySessionStore(lost, observer),
      log: new MemoryReplayLog(budget),
    }),
    close: () => {
      budget.close();
      lost.close();
    },
  };
}
