import type { Adapter, DefaultEventsMap } from "@halyard/contracts";
import { handleRejections, TypedEmitter } from "../typed-events.ts";
import { viewOfMembers, viewOfRooms } from "./live-views.ts";
import type { RoomIndex, RoomMember } from "./room-index.ts";

/** Events of an {@link AdapterView}; listeners of others, such as an adapter's `error`, are taken and hear nothing. */
export interface RoomEvents extends DefaultEventsMap {
  "create-room": (room: string) => void;
  "delete-room": (room: string) => void;
  "join-room": (room: string, id: string) => void;
  "leave-room": (room: string, id: string) => void;
}

/** What the view shows. */
export interface AdapterViewSource<Nsp> {
  readonly namespace: Nsp;
  readonly rooms: RoomIndex<RoomMember>;
  readonly connected: ReadonlyMap<string, RoomMember>;
  readonly adapter: Pick<Adapter, "serverCount">;
  readonly broadcasts: { rooms(withOwn?: boolean): Promise<ReadonlyMap<string, number>> };
  /** Takes the rejections of listeners. */
  report(thrown: unknown, event: string | symbol): void;
}

/**
 * A namespace's rooms as applications read them through `namespace.adapter`: live, read-only, and with an event for each
 * room that comes or goes. Rooms are changed through sockets, not here.
 */
export class AdapterView<Nsp> extends TypedEmitter<Record<never, never>, RoomEvents> {
  /** Ids of the members of each room of this server. */
  readonly rooms: Map<string, Set<string>>;
  /** Rooms of each socket of this server. */
  readonly sids: Map<string, Set<string>>;
  readonly #source: AdapterViewSource<Nsp>;

  /** @internal */
  constructor(source: AdapterViewSource<Nsp>) {
    super();
    this.rooms = viewOfRooms(source.rooms);
    this.sids = viewOfMembers(source.rooms, source.connected);
    this.#source = source;
  }

  static {
    handleRejections<AdapterView<unknown>>(this.prototype, (view, error, event) => view.#source.report(error, event));
  }

  /** The namespace whose rooms these are. */
  get nsp(): Nsp {
    return this.#source.namespace;
  }

  /** Counts the servers of the cluster, this one included. */
  serverCount(): Promise<number> {
    return this.#source.adapter.serverCount();
  }

  /**
   * Finds the rooms of all servers, and how many sockets are in each; those that each socket has for itself are left out. It
   * costs the same however many sockets there are.
   */
  async roomSizes(): Promise<Map<string, number>> {
    return new Map(await this.#source.broadcasts.rooms());
  }

  /** Finds the names of the rooms of all servers, those included that each socket has for itself, which are called by its id. */
  async allRooms(): Promise<Set<string>> {
    return new Set((await this.#source.broadcasts.rooms(true)).keys());
  }

  /** Finds the ids of the sockets of this server that are in one of some rooms, or of all if there are none. */
  sockets(rooms: Iterable<string>): Promise<Set<string>> {
    const named = [...rooms];
    const lists = named.length === 0 ? [this.sids.keys()] : named.map((room) => this.rooms.get(room) ?? []);
    return Promise.resolve(new Set(lists.flatMap((ids) => [...ids])));
  }

  /** The rooms of one socket of this server. */
  socketRooms(id: string): Set<string> | undefined {
    return this.sids.get(id);
  }
}
