/**
 * The types of the messages on a bus. Up to 13 they are those of the class `ClusterAdapter` of socket.io-adapter 2.5, from 100 on
 * our own, which are only sent to nodes that have announced to understand them.
 */
export const MESSAGE_TYPE = {
  initialHeartbeat: 1,
  heartbeat: 2,
  broadcast: 3,
  join: 4,
  leave: 5,
  disconnect: 6,
  fetchSockets: 7,
  sockets: 8,
  serverEvent: 9,
  serverEventAnswer: 10,
  clientCount: 11,
  clientAnswer: 12,
  close: 13,
  /** Asks for numbers: of sockets, or of each room's members. */
  count: 100,
  counted: 101,
  /** The answer to a query is complete. */
  end: 102,
} as const;

/** What the sender of a message is called that is no node, and so is not counted and not answered. */
export const EMITTER_ID = "emitter";

/** The key in the data of heartbeats under which a node announces that it understands our own types; others skip it. */
export const ANNOUNCEMENT_KEY = "halyard";
