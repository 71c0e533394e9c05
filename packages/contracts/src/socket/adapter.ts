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
      readonly offset?: string;
    }
  | { readonly kind: "join" | "leave"; readonly to: Selection; readonly rooms: readonly string[] }
  | { readonly kind: "disconnect"; readonly to: Selection; readonly closeConnection: boolean }
  | { readonly kind: "serverEvent"; readonly data: EventData };

/** Sent to every other node; each answers with any number of replies. */
export type ClusterQuery =
  | { readonly kind: "fetchSockets"; readonly to: Selection }
  | { readonly kind: "broadcastWithAck"; readonly to: Selection; readonly data: EventData; readonly timeoutMs: number }
  | { readonly kind: "serverEventWithAck"; readonly data: EventData };

export type ClusterReply =
  | { readonly kind: "socket"; readonly socket: SocketDescription }
  | { readonly kind: "expect"; readonly count: number }
  | { readonly kind: "ack"; readonly data: readonly unknown[] };

export interface SocketDescription {
  readonly id: string;
  readonly rooms: readonly string[];
  readonly handshake: unknown;
  readonly data: unknown;
}

/** What one namespace offers to its adapter. Nothing else of it is reachable. */
export interface AdapterHost {
  readonly namespace: string;
  /** Applies a command received from another node. */
  execute(command: ClusterCommand): void;
  /** Answers a query received from another node. */
  answer(query: ClusterQuery, signal: AbortSignal): AsyncIterable<ClusterReply>;
}

/** Carries commands and queries between nodes. Rooms and delivery stay in the server. */
export interface Adapter {
  start(): Promise<void>;
  /** Nodes in the cluster, this one included. */
  serverCount(): Promise<number>;
  publish(command: ClusterCommand): void;
  /**
   * Streams the replies of all other nodes; ends when each has finished.
   * @throws `CLUSTER_TIMEOUT` once `signal` aborts, after the replies received so far.
   */
  query(query: ClusterQuery, signal: AbortSignal): AsyncIterable<ClusterReply>;
  /** Lets sharding adapters subscribe per room. */
  roomChanged?(room: string, change: "created" | "deleted"): void;
  close(): Promise<void>;
}

export type AdapterFactory = (host: AdapterHost) => Adapter;
