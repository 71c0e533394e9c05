/** Names the types of the messages between servers, and finds the name of a type, as the enumeration of socket.io does. */
export const MessageType: {
  readonly INITIAL_HEARTBEAT: 1;
  readonly HEARTBEAT: 2;
  readonly BROADCAST: 3;
  readonly SOCKETS_JOIN: 4;
  readonly SOCKETS_LEAVE: 5;
  readonly DISCONNECT_SOCKETS: 6;
  readonly FETCH_SOCKETS: 7;
  readonly FETCH_SOCKETS_RESPONSE: 8;
  readonly SERVER_SIDE_EMIT: 9;
  readonly SERVER_SIDE_EMIT_RESPONSE: 10;
  readonly BROADCAST_CLIENT_COUNT: 11;
  readonly BROADCAST_ACK: 12;
  readonly ADAPTER_CLOSE: 13;
  readonly [type: number]: string;
} = Object.freeze({
  INITIAL_HEARTBEAT: 1,
  HEARTBEAT: 2,
  BROADCAST: 3,
  SOCKETS_JOIN: 4,
  SOCKETS_LEAVE: 5,
  DISCONNECT_SOCKETS: 6,
  FETCH_SOCKETS: 7,
  FETCH_SOCKETS_RESPONSE: 8,
  SERVER_SIDE_EMIT: 9,
  SERVER_SIDE_EMIT_RESPONSE: 10,
  BROADCAST_CLIENT_COUNT: 11,
  BROADCAST_ACK: 12,
  ADAPTER_CLOSE: 13,
  1: "INITIAL_HEARTBEAT",
  2: "HEARTBEAT",
  3: "BROADCAST",
  4: "SOCKETS_JOIN",
  5: "SOCKETS_LEAVE",
  6: "DISCONNECT_SOCKETS",
  7: "FETCH_SOCKETS",
  8: "FETCH_SOCKETS_RESPONSE",
  9: "SERVER_SIDE_EMIT",
  10: "SERVER_SIDE_EMIT_RESPONSE",
  11: "BROADCAST_CLIENT_COUNT",
  12: "BROADCAST_ACK",
  13: "ADAPTER_CLOSE",
});

/** The type of a message between servers. */
export type MessageType = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13;

/** Lets members of {@link MessageType} be used as types, too. */
export declare namespace MessageType {
  /** The number that stands for it. */
  type INITIAL_HEARTBEAT = 1;
  /** The number that stands for it. */
  type HEARTBEAT = 2;
  /** The number that stands for it. */
  type BROADCAST = 3;
  /** The number that stands for it. */
  type SOCKETS_JOIN = 4;
  /** The number that stands for it. */
  type SOCKETS_LEAVE = 5;
  /** The number that stands for it. */
  type DISCONNECT_SOCKETS = 6;
  /** The number that stands for it. */
  type FETCH_SOCKETS = 7;
  /** The number that stands for it. */
  type FETCH_SOCKETS_RESPONSE = 8;
  /** The number that stands for it. */
  type SERVER_SIDE_EMIT = 9;
  /** The number that stands for it. */
  type SERVER_SIDE_EMIT_RESPONSE = 10;
  /** The number that stands for it. */
  type BROADCAST_CLIENT_COUNT = 11;
  /** The number that stands for it. */
  type BROADCAST_ACK = 12;
  /** The number that stands for it. */
  type ADAPTER_CLOSE = 13;
}
