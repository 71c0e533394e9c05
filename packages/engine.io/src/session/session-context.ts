import type { EngineCloseReason, EnginePacket } from "@halyard/contracts";
import type { ServerTransport } from "../transports/server-transport.ts";
import type { HandshakeRecord } from "./handshake-record.ts";
import type { HeaderStore } from "./header-store.ts";
import type { HeartbeatContext } from "./heartbeat.ts";
import type { OutputContext } from "./session-output.ts";
import type { UpgradeContext } from "./upgrade.ts";

/** What the sessions of one server share. */
export interface SessionContext<Session> extends OutputContext {
  readonly heartbeat: HeartbeatContext;
  readonly upgrade: UpgradeContext;
  /** How long a closing session waits for a client that is owed nothing. */
  readonly closeTimeoutMs: number;
  /** How long a closing session waits for a client to take what is queued. */
  readonly pollCloseTimeoutMs: number;
  readonly headerStore: HeaderStore;
  /** What sessions tell the application they belong to. */
  readonly server: unknown;
  onClosed(session: Session, reason: EngineCloseReason, cause: Error | undefined): void;
  onFlush(session: Session, packets: readonly EnginePacket[]): void;
  onDrain(session: Session): void;
  /** A listener of the application failed. */
  report(error: unknown, session: Session): void;
}

/** What is known of a session when it opens. */
export interface SessionOrigin {
  readonly id: string;
  readonly protocol: 3 | 4;
  readonly remoteAddress: string;
  readonly record: HandshakeRecord;
}

/** Called when what was sent before has been given to the operating system. */
export type SentCallback = (transport: ServerTransport) => void;
