import type { EventData } from "./parser.ts";
/** Which sockets a command applies to. Empty `rooms` means the whole namespace. */
export interface Selection {
  readonly rooms: readonly string[];
  readonly except: readonly string[];
}

/** Sent to every other node; no answer. Plain data, safe to serialise. */
export type ClusterCommand =
  | {
      readonly kind: "broadcast";
      readonly to: Selection;
      readonly data: EventData;
      readonly volatile?: boolean;
      readonly compress?: boolean;
      /** Its place in a backend that keeps messages. */
      readonly offset?: string;
      /** It was sent before this server had joined the others: kept for connection state recovery, and delivered to nobody. */
      readonly isPast?: boolean;
      /** Its place in the log of the server that sends it, for connection state recovery. Opaque; adapters carry it as it is. */
      readonly mark?: string;
    }
  | { readonly kind: "join" | "leave"; readonly to: Selection; readonly rooms: readonly string[] }
  | { readonly kind: "disconnect"; readonly to: Selection; readonly closeConnection: boolean }
  | { readonly kind: "serverEvent"; readonly data: EventData };

/** Sent to every other node; each answers with any number of replies. */
export type ClusterQuery =
  | { readonly kind: "fetchSockets"; readonly to: Selection }
  /** How many sockets there are. */
  | { readonly kind: "count"; readonly to: Selection }
  /** Which rooms there are. Those that every socket has for itself, by its id, are left out unless `withOwn` is true. */
  | { readonly kind: "rooms"; readonly withOwn?: boolean }
  | {
      readonly kind: "broadcastWithAck";
      readonly to: Selection;
      readonly data: EventData;
      readonly timeoutMs: number;
      readonly volatile?: boolean;
      readonly compress?: boolean;
    }
  | { readonly kind: "serverEventWithAck"; readonly data: EventData };

/** A part of one node's answer. */
export type ClusterReply =
  | { readonly kind: "socket"; readonly socket: SocketDescription }
  /** To `count`. */
  | { readonly kind: "count"; readonly count: number }
  /** To `rooms`: one room, and how many sockets are in it. */
  | { readonly kind: "room"; readonly room: string; readonly count: number }
  /** To `broadcastWithAck`: how many sockets of the node were asked. Comes before their answers. */
  | { readonly kind: "expect"; readonly count: number }
  | { readonly kind: "ack"; readonly data: readonly unknown[] };

/** A node whose answer is not complete: it was silent until the time was over, or has left the cluster meanwhile. */
export interface MissingNode {
  readonly kind: "missing";
  readonly node: string;
  readonly reason: "silent" | "left";
}

/** What one server tells the others of a socket. */
export interface SocketDescription {
  readonly id: string;
  readonly rooms: readonly string[];
  readonly handshake: unknown;
  readonly data: unknown;
}

/** What one namespace offers to its adapter. Nothing else of it is reachable. */
export interface AdapterHost {
  readonly namespace: string;
  /**
   * For how long, in milliseconds, broadcasts are of use that were sent before this server joins the others: `execute()` takes those that
   * have a mark, marked as past, in order, before any other. 0 or absent for none.
   */
  readonly pastMs?: number;
  /** Commands of other nodes may have been lost on their way here: whoever is away now cannot be sure to get all that was missed. */
  onGap?(): void;
  /** Applies a command received from another node. Does not throw: failures of the application are reported where they happen. */
  execute(command: ClusterCommand): void;
  /**
   * Answers a query received from another node, in parts. Ends early, without an error, once `signal` aborts: the node that
   * asked has left, or waits no longer.
   */
  answer(query: ClusterQuery, signal: AbortSignal): AsyncIterable<ClusterReply>;
}

/** Carries commands and queries between nodes. Rooms and delivery stay in the server. */
export interface Adapter {
  /** Joins the other servers, and settles when they can be reached. */
  start(): Promise<void>;
  /** Nodes in the cluster, this one included. */
  serverCount(): Promise<number>;
  /** Has the other servers carry a command out. Never throws or waits. */
  publish(command: ClusterCommand): void;
  /**
   * Asks all other nodes at once, and streams their replies; they are kept until they are read. Ends when each node has finished
   * or left, or once `signal` aborts, after the replies received so far; the last ones name the nodes whose answer is not
   * complete. Does not throw.
   */
  query(query: ClusterQuery, signal: AbortSignal): AsyncIterable<ClusterReply | MissingNode>;
  /** Lets adapters subscribe per room. */
  roomChanged?(room: string, change: "created" | "deleted"): void;
  /** Leaves the other servers, and settles when nothing is left to do. */
  close(): Promise<void>;
}

/** Makes the adapter of one namespace. */
export type AdapterFactory = (host: AdapterHost) => Adapter;
