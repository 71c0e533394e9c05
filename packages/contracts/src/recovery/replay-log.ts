import type { EngineMessage } from "../engine/packet.ts";
import type { Selection } from "../socket/adapter.ts";
import type { Awaitable, LogPlace } from "./session-store.ts";

/** Where a packet that another server has sent stands in that server's log. */
export interface PacketOrigin extends LogPlace {
  /** The position of the packet that the server had sent to the others before this one; 0 for the first. */
  readonly previous: number;
}

/** What a log has to know of a packet beside what it is. */
export interface PacketNotes {
  /** Where it stands in the log of the other server that has sent it; absent for this server's own. */
  readonly origin?: PacketOrigin | "unknown";
  /** Whether somebody who is known here may have to get it again. */
  readonly isNeeded: boolean;
  /** Whether other servers are told of it, too. */
  readonly isTold: boolean;
}

/** A packet as it was sent. */
export interface LoggedPacket {
  /** One more than that of the packet before it. */
  readonly position: number;
  /** Whom it was for: a selection of rooms, or one socket by its id, alone. */
  readonly to: Selection | string;
  /** The encoded packet with its attachments and its offset: a replay repeats it byte for byte. Not to be changed. */
  readonly messages: readonly EngineMessage[];
  /** Its place in the log of the other server that has sent it, if that has told; absent for this server's own. */
  readonly origin?: LogPlace | "unknown";
}

/**
 * The packets that one namespace of this server has sent, in order. Places in it are given out at once, by this server alone: what
 * a client gets must not wait for a backend. How packets reach a shared backend is the log's own matter.
 */
export interface ReplayLog {
  /** Names this run of the log. A log that has lost its packets has another one. */
  readonly epoch: string;
  /** The position of the last packet; 0 before the first. */
  readonly position: number;
  /** The position of the last packet that has been forgotten; 0 while none has. */
  readonly forgotten: number;
  /**
   * What a client is to show again together with a place, which is the present one or the next, so that the storage can tell what
   * the client had got by then, also if the log itself is gone: at most 500 characters of `A-Z a-z 0-9 _ - . : ! *`. `origin` is that
   * of the packet at that place. Absent, or gives nothing, where the place says enough.
   */
  hint?(position: number, origin: PacketNotes["origin"]): string | undefined;
  /** Adds a packet at the next position. It may be forgotten at once, if it is larger than the log. */
  append(to: Selection | string, messages: readonly EngineMessage[], notes?: PacketNotes): LoggedPacket;
  /**
   * Finds the packets after a place that were for one of the rooms, for everybody, or for the socket alone: in order, and possibly
   * some that were not. Undefined if packets after that place have been forgotten, or the epoch is unknown.
   */
  readAfter(place: LogPlace, sid: string, rooms: readonly string[]): Awaitable<readonly LoggedPacket[] | undefined>;
  /** Forgets everything. */
  close(): void;
}
