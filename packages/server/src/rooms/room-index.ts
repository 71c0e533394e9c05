/** Hears of rooms that come and go, and of who enters and leaves them. */
export interface RoomObserver {
  created(room: string): void;
  deleted(room: string): void;
  joined(room: string, id: string): void;
  left(room: string, id: string): void;
}

/** All that the index needs of a member. */
export interface RoomMember {
  readonly id: string;
}

/**
 * Who is in which room of one namespace. Every connected member is in the room of its own id; that room, and the set of a
 * member's rooms, are only stored once they differ from that, so a member that joins nothing costs nothing.
 */
export class RoomIndex<Member extends RoomMember> {
  /** Connected members by id: the implicit rooms. */
  readonly #connected: ReadonlyMap<string, Member>;
  readonly #observer: RoomObserver;
  readonly #rooms = new Map<string, Set<Member>>();
  readonly #roomsOf = new Map<Member, Set<string>>();
  /** Ids of the rooms that somebody has looked at. */
  readonly #idsOf = new Map<string, Set<string>>();
  /** Members that are being taken out of every room: the one of their own is theirs no more. */
  readonly #leaving = new Set<Member>();
  #roomCount = 0;

  constructor(connected: ReadonlyMap<string, Member>, observer: RoomObserver) {
    this.#connected = connected;
    this.#observer = observer;
  }

  /** To be called once a member counts as connected: puts it into the room of its own id. */
  enter(member: Member): void {
    const stored = this.#roomsOf.get(member);
    const shared = this.#rooms.get(member.id);
    stored?.add(member.id);
    shared?.add(member);
    this.#idsOf.get(member.id)?.add(member.id);
    if (shared === undefined) this.#created(member.id);
    this.#observer.joined(member.id, member.id);
  }

  join(member: Member, room: string): void {
    const rooms = this.roomsOf(member);
    if (rooms.has(room)) return;
    rooms.add(room);
    let members = this.#rooms.get(room);
    if (members === undefined) {
      const owner = this.sole(room);
      members = new Set(owner === undefined || owner === member ? [] : [owner]);
      this.#rooms.set(room, members);
      if (members.size === 0) this.#created(room);
    }
    members.add(member);
    this.#idsOf.get(room)?.add(member.id);
    this.#observer.joined(room, member.id);
  }

  leave(member: Member, room: string): void {
    const rooms = this.roomsOf(member);
    if (!rooms.delete(room)) return;
    this.#remove(member, room);
  }

  /**
   * Takes a member out of every room. Call it while the member still counts as connected, if it ever did. Until it is out of
   * the last one, its own set says where it was.
   */
  leaveAll(member: Member): void {
    this.#leaving.add(member);
    for (const room of this.roomsOf(member)) this.#remove(member, room);
    this.#leaving.delete(member);
    this.#roomsOf.delete(member);
  }

  /** The rooms of a member: one live set for as long as it is connected. Not to be changed by the caller. */
  roomsOf(member: Member): Set<string> {
    let rooms = this.#roomsOf.get(member);
    if (rooms === undefined) {
      rooms = new Set(this.#connected.get(member.id) === member ? [member.id] : []);
      this.#roomsOf.set(member, rooms);
    }
    return rooms;
  }

  /** The stored members of a room; a room that only its own member is in has none, see {@link sole}. */
  members(room: string): ReadonlySet<Member> | undefined {
    return this.#rooms.get(room);
  }

  /** The only member of a room that nobody else has joined: the one whose id is the room's name. */
  sole(room: string): Member | undefined {
    const member = this.#connected.get(room);
    if (member === undefined || this.#rooms.has(room) || this.#leaving.has(member)) return undefined;
    const rooms = this.#roomsOf.get(member);
    return rooms === undefined || rooms.has(room) ? member : undefined;
  }

  /** The ids of a room's members: for a stored room one live set for as long as the room is there. Not to be changed. */
  idsOf(room: string): Set<string> | undefined {
    const known = this.#idsOf.get(room);
    if (known !== undefined) return known;
    const ids = this.#copyOfIds(room);
    if (ids !== undefined && this.#rooms.has(room)) this.#idsOf.set(room, ids);
    return ids;
  }

  /** How many rooms there are, implicit ones included. */
  get roomCount(): number {
    return this.#roomCount;
  }

  /** The names of all rooms: those named like a member first, as that is the first room of each. */
  *names(): IterableIterator<string> {
    for (const id of this.#connected.keys()) if (this.#rooms.has(id) || this.sole(id) !== undefined) yield id;
    for (const room of this.#rooms.keys()) if (!this.#connected.has(room)) yield room;
  }

  /** The ids in each room as they are now. */
  snapshotOfRooms(): Map<string, Set<string>> {
    const rooms = new Map<string, Set<string>>();
    for (const room of this.names()) rooms.set(room, this.#copyOfIds(room) ?? new Set());
    return rooms;
  }

  /** The rooms of each connected member as they are now. */
  snapshotOfMembers(): Map<string, Set<string>> {
    const members = new Map<string, Set<string>>();
    for (const [id, member] of this.#connected) members.set(id, new Set(this.#roomsOf.get(member) ?? [id]));
    return members;
  }

  #copyOfIds(room: string): Set<string> | undefined {
    const members = this.#rooms.get(room);
    if (members !== undefined) return idsOfAll(members);
    const sole = this.sole(room);
    return sole && idsOfAll([sole]);
  }

  #created(room: string): void {
    this.#roomCount++;
    this.#observer.created(room);
  }

  #remove(member: Member, room: string): void {
    let members = this.#rooms.get(room);
    if (members === undefined) this.#rooms.set(room, (members = new Set())); // seen empty, then not at all
    else members.delete(member);
    this.#idsOf.get(room)?.delete(member.id);
    this.#observer.left(room, member.id);
    if (members.size > 0) return;
    this.#rooms.delete(room);
    this.#idsOf.delete(room);
    this.#roomCount--;
    this.#observer.deleted(room);
  }
}

function idsOfAll(members: Iterable<RoomMember>): Set<string> {
  const ids = new Set<string>();
  for (const { id } of members) ids.add(id);
  return ids;
}
