import type { EventEmitter } from "node:events";
import type { AdapterFactory, AdapterHost, Untyped } from "@halyard/contracts";

/** An adapter written for socket.io: it extends the class `Adapter` of `socket.io-adapter`. */
export interface IncumbentAdapter {
  /** Puts a socket into rooms. */
  addAll(id: string, rooms: Set<string>): unknown;
  /** Sends a packet to sockets of this server and of the others. */
  broadcast(packet: Untyped, options: Untyped): unknown;
  /** How many servers there are. */
  serverCount(): Promise<number>;
}

/** Makes an adapter written for socket.io: a function or the class itself. What it gets looks like a namespace to it. */
export type IncumbentAdapterFactory =
  | ((host: AdapterHost) => IncumbentAdapter)
  | (new (namespace: never) => IncumbentAdapter);

/** How packets of events are numbered. */
export const EVENT_PACKET = 2;

/** What makes adapters: ours, or those written for socket.io. */
export type AnyAdapterFactory = AdapterFactory | IncumbentAdapterFactory;

/** Whom an operation of such an adapter is for, and how. */
export interface IncumbentOptions {
  readonly rooms: Set<string>;
  readonly except: Set<string>;
  readonly flags: Record<string, unknown>;
}

/** What such adapters have, whether they declare it or not. */
export interface WorkingAdapter extends EventEmitter {
  rooms: ReadonlyMap<string, ReadonlySet<string>>;
  sids: ReadonlyMap<string, ReadonlySet<string>>;
  /** Visits the sockets of this server that options mean: all that is done to sockets goes through it. */
  apply(options: Partial<IncumbentOptions>, visit: (socket: unknown) => void): void;
  init(): unknown;
  close(): unknown;
  serverCount(): Promise<number>;
  broadcast(packet: object, options: IncumbentOptions): unknown;
  broadcastWithAck(
    packet: object,
    options: IncumbentOptions,
    onCount: (count: number) => void,
    onAnswer: (answer: unknown) => void,
  ): unknown;
  addSockets(options: IncumbentOptions, rooms: readonly string[]): unknown;
  delSockets(options: IncumbentOptions, rooms: readonly string[]): unknown;
  disconnectSockets(options: IncumbentOptions, close: boolean): unknown;
  fetchSockets(options: IncumbentOptions): Promise<readonly Untyped[]>;
  serverSideEmit(packet: unknown[]): unknown;
}

/** Whether something that a factory has made is such an adapter. */
export function isIncumbentAdapter(value: object): value is WorkingAdapter {
  return ["addAll", "apply", "broadcast", "fetchSockets", "on"].every(
    (name) => typeof Reflect.get(value, name) === "function",
  );
}
