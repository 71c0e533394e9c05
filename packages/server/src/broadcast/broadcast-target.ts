import type { EventData, Selection, Untyped } from "@halyard/contracts";
import type { AckCallback } from "../acks/callback-ack.ts";
import type { ClusterResult } from "./cluster-result.ts";
import type { RemoteSocket } from "./remote-socket.ts";

/** How a broadcast is to be sent. */
export interface BroadcastFlags {
  /** Dropped for clients that could not take it at once. */
  readonly volatile?: boolean;
  /** @defaultValue true */
  readonly compress?: boolean;
  /** Only on this server. */
  readonly local?: boolean;
  /** Milliseconds to wait for answers. */
  readonly timeout?: number;
}

/** Where a broadcast goes: one namespace, or all the children of a parent namespace. */
export interface BroadcastTarget {
  broadcast(to: Selection, flags: BroadcastFlags, data: EventData): void;
  /** Calls back once with `(error, answers)`. */
  broadcastWithAck(to: Selection, flags: BroadcastFlags, data: EventData, done: AckCallback): void;
  fetchSockets(to: Selection, flags: BroadcastFlags): Promise<ClusterResult<RemoteSocket<Untyped, Untyped>>>;
  count(to: Selection, flags: BroadcastFlags): Promise<number>;
  join(to: Selection, flags: BroadcastFlags, rooms: readonly string[]): void;
  leave(to: Selection, flags: BroadcastFlags, rooms: readonly string[]): void;
  disconnect(to: Selection, flags: BroadcastFlags, closeConnection: boolean): void;
}
