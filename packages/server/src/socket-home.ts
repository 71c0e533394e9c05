import type { Clock, Parser } from "@halyard/contracts";
import type { BroadcastTarget } from "./broadcast/broadcast-target.ts";
import type { RetryRecords } from "./delivery/retry-records.ts";
import type { NamespaceRecovery } from "./recovery/namespace-recovery.ts";
import type { Counters } from "./counters.ts";
import type { AdapterView } from "./rooms/adapter-view.ts";
import type { RoomIndex, RoomMember } from "./rooms/room-index.ts";

/** What all sockets of a server share. */
export interface SocketHost {
  readonly clock: Clock;
  readonly maxPendingAcks: number;
  readonly counters: Pick<Counters, "ignoredAcks" | "repeatedEvents">;
  readonly parser: Pick<Parser, "encode">;
  /** Absent where no records are kept of events that may come again. */
  readonly retryRecords: RetryRecords | undefined;
}

/** A namespace as its sockets see it. */
export interface SocketHome<Member extends RoomMember, Nsp> {
  readonly name: string;
  /** The namespace as applications see it. */
  readonly namespace: Nsp;
  readonly adapterView: AdapterView<Nsp>;
  readonly rooms: Pick<RoomIndex<Member>, "enter" | "join" | "leave" | "roomsOf">;
  readonly broadcasts: BroadcastTarget;
  /** Absent where connection state recovery is off. */
  readonly recovery: NamespaceRecovery | undefined;
  readonly host: SocketHost;
  nextAckId(): number;
  /** Forgets a socket that is about to be closed. */
  remove(socket: Member): void;
  /** Reports a failure of the application's own code. */
  report(thrown: unknown, event: string | symbol | number | undefined, socket: Member): void;
}
