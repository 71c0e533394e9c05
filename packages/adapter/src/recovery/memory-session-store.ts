import type { RecoveryObserver, SavedSession, SessionStore } from "@halyard/contracts";
import type { LostSession, LostSessions } from "./lost-sessions.ts";

/** The sessions of one namespace, in this process's memory: they end with it. */
export class MemorySessionStore implements SessionStore {
  readonly isShared = false;
  readonly #lost: LostSessions;
  readonly #observer: RecoveryObserver;
  readonly #kept = new Map<string, KeptSession>();

  constructor(lost: LostSessions, observer: RecoveryObserver) {
    this.#lost = lost;
    this.#observer = observer;
  }

  save(session: SavedSession): void {
    if (!this.#kept.has(session.pid)) this.#kept.set(session.pid, new KeptSession(this, session));
  }

  lose(session: SavedSession): void {
    const kept = this.#kept.get(session.pid);
    if (kept !== undefined) this.#lost.add(kept);
  }

  take(pid: string): SavedSession | undefined {
    const kept = this.#kept.get(pid);
    if (kept !== undefined) this.#lost.delete(kept);
    return kept?.session;
  }

  remove({ pid }: SavedSession): void {
    const kept = this.#kept.get(pid);
    if (kept !== undefined) this.#lost.delete(kept);
    this.#kept.delete(pid);
  }

  /** Nobody has come for a session. */
  giveUp(session: SavedSession): void {
    this.remove(session);
    this.#observer.onForgotten(session);
  }

  close(): void {
    for (const kept of this.#kept.values()) this.#lost.delete(kept);
    this.#kept.clear();
  }
}

class KeptSession implements LostSession {
  readonly session: SavedSession;
  readonly #store: MemorySessionStore;

  constructor(store: MemorySessionStore, session: SavedSession) {
    this.#store = store;
    this.session = session;
  }

  onDeadline(): void {
    this.giveUp();
  }

  giveUp(): void {
    this.#store.giveUp(this.session);
  }
}
