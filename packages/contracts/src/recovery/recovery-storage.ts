import type { Clock } from "../clock.ts";
import type { ReplayLog } from "./replay-log.ts";
import type { SavedSession, SessionStore } from "./session-store.ts";

/** Bounds on what is kept for recovery, for all namespaces of a server together. */
export interface RecoveryLimits {
  /** How long a session is kept after its connection was lost. */
  readonly maxDisconnectionMs: number;
  /** Sessions whose connection is lost. */
  readonly maxLostSessions: number;
  /** How long a packet is kept. */
  readonly maxLogAgeMs: number;
  /** Packets that are kept. */
  readonly maxLogPackets: number;
  /** Bytes of the packets that are kept, and of what it takes to keep them. */
  readonly maxLogBytes: number;
}

/** What a storage gets from the server that it serves. */
export interface RecoveryStorageHost {
  readonly clock: Clock;
  readonly limits: RecoveryLimits;
}

/** What a storage tells a namespace. */
export interface RecoveryObserver {
  /** A lost session can no longer be taken: its time is over, or there are too many. Not called for removed ones. */
  onForgotten(session: SavedSession): void;
  /**
   * Another server is about to take a session: its socket here has to end, before the call returns, and the session with it. Not
   * called by stores that are not shared.
   */
  onTaken(session: SavedSession): void;
}

/** What one namespace keeps for recovery. */
export interface NamespaceStorage {
  readonly sessions: SessionStore;
  readonly log: ReplayLog;
}

/** Keeps what connection state recovery needs. It is apart from the adapter, so that each can be chosen alone. */
export interface RecoveryStorage {
  /** Answers the part of one namespace; at most once for each. */
  open(namespace: string, observer: RecoveryObserver): NamespaceStorage;
  /** Lets go of everything. Idempotent. */
  close(): void;
}

/** Makes the storage of one server, when that starts. */
export type RecoveryStorageFactory = (host: RecoveryStorageHost) => RecoveryStorage;
