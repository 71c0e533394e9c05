import { EventEmitter } from "node:events";
import type { Untyped } from "@halyard/contracts";
import type {
  BroadcastFlags,
  BroadcastOptions,
  PrivateSessionId,
  Room,
  Session,
  SessionToPersist,
  SocketId,
} from "./options.ts";

/** The answer where nothing is kept. */
const NO_SESSION: Untyped = null;

/**
 * The base of adapters in the form that socket.io knows: it keeps the rooms of one namespace and does everything for the sockets of
 * this server. Classes that extend it do the same for other servers. It emits `create-room`, `delete-room`, `join-room` and
 * `leave-room`.
 *
 * On servers of `@halyard/server` rooms and sockets are the server's own: there, what a class does to sockets here is handed to it.
 *
 * @example
 * class LoggingAdapter extends Adapter {
 *   override broadcast(packet, options) {
 *     console.log("to %d rooms", options.rooms.size);
 *     super.broadcast(packet, options);
 *   }
 * }
 * const io = new Server({ adapter: LoggingAdapter });
 */
export class Adapter extends EventEmitter {
  readonly nsp: Untyped;
  /** Ids of the members of each room of this server. */
  rooms: Map<Room, Set<SocketId>> = new Map();
  /** Rooms of each socket of this server. */
  sids: Map<SocketId, Set<Room>> = new Map();
  protected readonly encoder: Untyped;

  constructor(nsp: Untyped) {
    super();
    this.nsp = nsp;
    this.encoder = nsp.server.encoder;
  }

  /** Is called when the namespace begins. */
  init(): Promise<void> | void {}

  /** Is called when the namespace ends. */
  close(): Promise<void> | void {}

  /** Counts the servers of the cluster, this one included. */
  serverCount(): Promise<number> {
    return Promise.resolve(1);
  }

  /** Puts a socket into rooms. */
  addAll(id: SocketId, rooms: Set<Room>): Promise<void> | void {
    let joined = this.sids.get(id);
    if (joined === undefined) this.sids.set(id, (joined = new Set()));
    for (const room of rooms) {
      joined.add(room);
      let members = this.rooms.get(room);
      if (members === undefined) {
        this.rooms.set(room, (members = new Set()));
        this.emit("create-room", room);
      }
      if (members.has(id)) continue;
      members.add(id);
      this.emit("join-room", room, id);
    }
  }

  /** Takes a socket out of a room. */
  del(id: SocketId, room: Room): Promise<void> | void {
    this.sids.get(id)?.delete(room);
    this.#leave(id, room);
  }

  /** Takes a socket out of all its rooms, and forgets it. */
  delAll(id: SocketId): void {
    for (const room of this.sids.get(id) ?? []) this.#leave(id, room);
    this.sids.delete(id);
  }

  /** Sends a packet to sockets. */
  broadcast(packet: Untyped, opts: BroadcastOptions): void {
    this.#write({ ...packet, nsp: this.nsp.name }, opts);
  }

  /** Sends a packet to sockets, tells how many they are, and takes the answer of each. */
  broadcastWithAck(
    packet: Untyped,
    opts: BroadcastOptions,
    clientCountCallback: (clientCount: number) => void,
    ack: (...args: Untyped[]) => void,
  ): void {
    const id: number = this.nsp._ids++; // one counter for the whole namespace, so one id fits all sockets
    const count = this.#write({ ...packet, nsp: this.nsp.name, id }, opts, (socket) => socket.acks.set(id, ack));
    clientCountCallback(count);
  }

  /** Finds the ids of the sockets of this server that are in one of some rooms, or of all for none. */
  sockets(rooms: Set<Room>): Promise<Set<SocketId>> {
    const ids = new Set<SocketId>();
    this.apply({ rooms }, ({ id }) => ids.add(id));
    return Promise.resolve(ids);
  }

  /** The rooms of one socket of this server. */
  socketRooms(id: SocketId): Set<Room> | undefined {
    return this.sids.get(id);
  }

  /** Finds sockets. */
  fetchSockets(opts: BroadcastOptions): Promise<Untyped[]> {
    const sockets: Untyped[] = [];
    this.apply(opts, (socket) => sockets.push(socket));
    return Promise.resolve(sockets);
  }

  /** Makes sockets join rooms. */
  addSockets(opts: BroadcastOptions, rooms: Room[]): void {
    this.apply(opts, (socket) => socket.join(rooms));
  }

  /** Makes sockets leave rooms. */
  delSockets(opts: BroadcastOptions, rooms: Room[]): void {
    this.apply(opts, (socket) => {
      for (const room of rooms) socket.leave(room);
    });
  }

  /** Makes sockets leave the namespace; `close` ends their connections, too. */
  disconnectSockets(opts: BroadcastOptions, close: boolean): void {
    this.apply(opts, (socket) => socket.disconnect(close));
  }

  /** Sends an event to the other servers; the last argument may be a function that takes their answers. */
  serverSideEmit(_packet: Untyped[]): void {
    process.emitWarning("this adapter cannot reach other servers, so serverSideEmit() has no effect", {
      code: "NO_CLUSTER",
    });
  }

  /** Keeps the session of a client that may come back. */
  persistSession(_session: SessionToPersist): void {}

  /** Finds the session of a client that is back, with what it has missed since an offset; null if that is not known. */
  restoreSession(_pid: PrivateSessionId, _offset: string): Promise<Session> {
    return NO_SESSION;
  }

  /** Visits the sockets of this server that are meant: all that is done to sockets goes through it. */
  protected apply(opts: BroadcastOptions, visit: (socket: Untyped) => void): void {
    const { rooms, except } = opts;
    const visited = this.#idsOf(except);
    const lists = rooms.size === 0 ? [this.sids.keys()] : Array.from(rooms, (room) => this.rooms.get(room) ?? []);
    for (const ids of lists)
      for (const id of ids) {
        if (visited.has(id)) continue;
        visited.add(id);
        const socket = this.nsp.sockets.get(id);
        if (socket !== undefined) visit(socket);
      }
  }

  #idsOf(rooms: Iterable<Room> = []): Set<SocketId> {
    const ids = new Set<SocketId>();
    for (const room of rooms) for (const id of this.rooms.get(room) ?? []) ids.add(id);
    return ids;
  }

  #leave(id: SocketId, room: Room): void {
    const members = this.rooms.get(room);
    if (members === undefined) return;
    if (members.delete(id)) this.emit("leave-room", room, id);
    if (members.size === 0 && this.rooms.delete(room)) this.emit("delete-room", room);
  }

  /** Encodes a packet once for all. @returns how many sockets got it */
  #write(packet: Untyped, opts: BroadcastOptions, prepare: (socket: Untyped) => void = () => {}): number {
    const { volatile, compress }: BroadcastFlags = opts.flags ?? {};
    const options = { preEncoded: true, volatile, compress };
    const encoded = this.encoder.encode(packet);
    let count = 0;
    this.apply(opts, (socket) => {
      count++;
      prepare(socket);
      socket.notifyOutgoingListeners?.(packet);
      socket.client.writeToEngine(encoded, options);
    });
    return count;
  }
}
