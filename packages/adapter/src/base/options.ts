/** Names a socket in one namespace. */
export type SocketId = string;

/** Names a session towards its client alone, which shows it to have the session restored. */
export type PrivateSessionId = string;

/** Names a room. */
export type Room = string;

/** How a packet is delivered. */
export interface BroadcastFlags {
  volatile?: boolean;
  compress?: boolean;
  /** Only the sockets of this server are meant. */
  local?: boolean;
  broadcast?: boolean;
  binary?: boolean;
  /** How long answers are waited for, in milliseconds. */
  timeout?: number;
}

/** Whom an operation is for: the members of some rooms, or everybody if there are none, but for those of others. */
export interface BroadcastOptions {
  rooms: Set<Room>;
  except?: Set<Room>;
  flags?: BroadcastFlags;
}

/** What is kept of a socket whose client may come back. */
export interface SessionToPersist {
  sid: SocketId;
  pid: PrivateSessionId;
  rooms: Room[];
  data: unknown;
}

/** A session that is restored, with the arguments of the events that its client has missed. */
export type Session = SessionToPersist & { missedPackets: unknown[][] };
