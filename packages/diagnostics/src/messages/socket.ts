import type { EngineCloseReason } from "@halyard/contracts";

/** A client is connected to a namespace. */
export interface SocketConnect {
  readonly socketId: string;
  /** The Engine.IO session below, which sockets of several namespaces share. */
  readonly connectionId: string;
  readonly namespace: string;
  /** Whether the state of a former connection was restored. */
  readonly recovered: boolean;
}

/** A socket that was connected is gone. */
export interface SocketDisconnect {
  readonly socketId: string;
  readonly connectionId: string;
  readonly namespace: string;
  readonly reason: EngineCloseReason | "client namespace disconnect" | "server namespace disconnect";
}

/**
 * Why a client was not let into a namespace.
 *
 * - `middleware`: a middleware of the namespace refused it.
 * - `middleware failed`: a middleware threw or rejected.
 * - `invalid namespace`: there is none of that name.
 * - `auth too large`: its `auth` has more bytes than `maxAuthBytes` allows.
 */
export type ConnectRefusal = "middleware" | "middleware failed" | "invalid namespace" | "auth too large";

/** A client was not let into a namespace. */
export interface SocketRefuse {
  readonly connectionId: string;
  /** As the client asks for it: its choice, also where no such namespace exists. */
  readonly namespace: string;
  readonly reason: ConnectRefusal;
  /** What the client is told. */
  readonly message: string;
}

/** A client got its former socket back, with what it had missed. */
export interface SocketRecover {
  readonly socketId: string;
  readonly connectionId: string;
  readonly namespace: string;
  /** Messages that it had missed, and is sent now; a packet has one and one for each attachment. */
  readonly messages: number;
}

/**
 * Why a client that asked for its former socket did not get it: as `socket.recoveryFailure`.
 *
 * - `unknown session`: it was away for too long, too many others were, it had left on purpose, or nobody knows it.
 * - `history lost`: packets that it may have missed are no longer kept.
 * - `packets dropped`: packets were not sent to it because it was too slow, and others that followed were.
 * - `backlog too large`: it has missed more bytes than one client may.
 * - `invalid offset`: what it shows as the place of its last packet is none.
 * - `storage failed`: the storage could not tell.
 */
export type RecoverFailure =
  | "unknown session"
  | "history lost"
  | "packets dropped"
  | "backlog too large"
  | "invalid offset"
  | "storage failed";

/** A client asked for its former socket, and did not get it. */
export interface SocketRecoverFail {
  /** The new socket, which it has instead. */
  readonly socketId: string;
  readonly connectionId: string;
  readonly namespace: string;
  readonly reason: RecoverFailure;
}
