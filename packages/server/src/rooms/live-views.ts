import type { RoomIndex, RoomMember } from "./room-index.ts";

/** The rooms of a namespace as the incumbent shows them: ids by room name. Live and read-only. */
export class RoomsView<Member extends RoomMember> implements ReadonlyMap<string, ReadonlySet<string>> {
  readonly #index: RoomIndex<Member>;

  constructor(index: RoomIndex<Member>) {
    this.#index = index;
  }

  get size(): number {
    let size = 0;
    for (const _ of this.keys()) size++;
    return size;
  }

  get(room: string): ReadonlySet<string> | undefined {
    return this.#index.idsOf(room);
  }

  has(room: string): boolean {
    return this.#index.members(room) !== undefined || this.#index.sole(room) !== undefined;
  }

  keys(): MapIterator<string> {
    return this.#index.names();
  }

  *values(): MapIterator<ReadonlySet<string>> {
    for (const [, ids] of this) yield ids;
  }

  *entries(): MapIterator<[string, ReadonlySet<string>]> {
    for (const room of this.keys()) {
      const ids = this.get(room);
      if (ids !== undefined) yield [room, ids];
    }
  }

  [Symbol.iterator](): MapIterator<[string, ReadonlySet<string>]> {
    return this.entries();
  }

  forEach(
    visit: (ids: ReadonlySet<string>, room: string, map: ReadonlyMap<string, ReadonlySet<string>>) => void,
  ): void {
    for (const [room, ids] of this) visit(ids, room, this);
  }
}

/** The rooms of each connected socket, by its id. Live and read-only. */
export class SocketRoomsView<Member extends RoomMember> implements ReadonlyMap<string, ReadonlySet<string>> {
  readonly #index: RoomIndex<Member>;
  readonly #connected: ReadonlyMap<string, Member>;

  constructor(index: RoomIndex<Member>, connected: ReadonlyMap<string, Member>) {
    this.#index = index;
    this.#connected = connected;
  }

  get size(): number {
    return this.#connected.size;
  }

  get(id: string): ReadonlySet<string> | undefined {
    const member = this.#connected.get(id);
    return member === undefined ? undefined : this.#index.roomsOf(member);
  }

  has(id: string): boolean {
    return this.#connected.has(id);
  }

  keys(): MapIterator<string> {
    return this.#connected.keys();
  }

  *values(): MapIterator<ReadonlySet<string>> {
    for (const member of this.#connected.values()) yield this.#index.roomsOf(member);
  }

  *entries(): MapIterator<[string, ReadonlySet<string>]> {
    for (const [id, member] of this.#connected) yield [id, this.#index.roomsOf(member)];
  }

  [Symbol.iterator](): MapIterator<[string, ReadonlySet<string>]> {
    return this.entries();
  }

  forEach(
    visit: (rooms: ReadonlySet<string>, id: string, map: ReadonlyMap<string, ReadonlySet<string>>) => void,
  ): void {
    for (const [id, rooms] of this) visit(rooms, id, this);
  }
}
