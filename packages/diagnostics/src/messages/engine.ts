import type { EngineCloseReason, TransportName } from "@halyard/contracts";

/** A client has opened an Engine.IO session. */
export interface EngineOpen {
  /** The session's id, which the messages of its sockets name, too. Who knows it can send in the client's name: not for logs. */
  readonly connectionId: string;
  readonly transport: TransportName;
  /** Engine.IO protocol revision that the client speaks. */
  readonly protocol: 3 | 4;
  /** IP address of the peer: of the last proxy, where there is one. Empty if it is not known any more. */
  readonly address: string;
}

/** A session has ended. There is one for every {@link EngineOpen}. */
export interface EngineClose {
  readonly connectionId: string;
  /** What the session was on at its end. */
  readonly transport: TransportName;
  readonly reason: EngineCloseReason;
  /** The code of {@link error}: which limit or rule it was, if the client broke one. */
  readonly code?: string;
  readonly error?: Error;
  /** Milliseconds since the session was opened, by the wall clock. */
  readonly durationMs: number;
}

/** A request was refused, and with it a new session or a step of one that exists. */
export interface EngineRefuse {
  /** What the client is told: a number of `Server.errors`. */
  readonly code: number;
  /** The text of that code. */
  readonly message: string;
  /** What it was in particular, such as `ORIGIN_NOT_ALLOWED`, where the code alone does not tell. */
  readonly detail?: string;
  /** The transport that was asked for, if it is one that exists. */
  readonly transport?: TransportName;
  /** IP address of the peer. */
  readonly address: string;
}

/** A session has moved to another transport. */
export interface EngineUpgrade {
  readonly connectionId: string;
  readonly from: TransportName;
  readonly to: TransportName;
  /** Milliseconds from the moment in which the new connection was accepted. */
  readonly durationMs: number;
}

/**
 * Why a session stayed on its transport.
 *
 * - `timeout`: the client did not go on within `upgradeTimeout`.
 * - `closed`: the new connection ended first.
 * - `unexpected packet`: the client sent over the new connection what does not belong there before the switch.
 * - `session over`: the session ended first.
 */
export type UpgradeFailure = "timeout" | "closed" | "unexpected packet" | "session over";

/** A session was about to move to another transport, and stays where it was. */
export interface EngineUpgradeFail {
  readonly connectionId: string;
  readonly from: TransportName;
  readonly to: TransportName;
  readonly reason: UpgradeFailure;
  /** Milliseconds from the moment in which the new connection was accepted. */
  readonly durationMs: number;
}
