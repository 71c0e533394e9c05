import type { Selection } from "@halyard/contracts";

/** A session as the audience counts it. */
export interface AudienceMember {
  readonly sid: string;
  readonly history: { readonly rooms: Iterable<string> };
}

/** Knows in which rooms of a namespace there is somebody who could recover: what goes to others need not be logged. */
export class Audience<Member extends AudienceMember> {
  readonly #members = new Map<string, Member>();
  /** How many members are in each room, their own rooms left out. */
  readonly #rooms = new Map<string, number>();

  get size(): number {
    return this.#members.size;
  }

  /** The ids of their sockets. */
  get ids(): Iterable<string> {
    return this.#members.keys();
  }

  get members(): Iterable<Member> {
    return this.#members.values();
  }

  get(sid: string): Member | undefined {
    return this.#members.get(sid);
  }

  add(member: Member): void {
    this.#members.set(member.sid, member);
    for (const room of member.history.rooms) this.joined(member, room);
  }

  delete(member: Member): void {
    if (this.#members.get(member.sid) !== member) return;
    for (const room of member.history.rooms) this.left(member, room);
    this.#members.delete(member.sid);
  }

  joined({ sid }: Member, room: string): void {
    if (room !== sid) this.#rooms.set(room, (this.#rooms.get(room) ?? 0) + 1);
  }

  left({ sid }: Member, room: string): void {
    if (room === sid) return;
    const count = (this.#rooms.get(room) ?? 0) - 1;
    if (count > 0) this.#rooms.set(room, count);
    else this.#rooms.delete(room);
  }

  /** Whether a selection of rooms means anybody here, perhaps. */
  includes({ rooms }: Selection): boolean {
    if (rooms.length === 0) return this.#members.size > 0;
    for (const room of rooms) if (this.#rooms.has(room) || this.#members.has(room)) return true;
    return false;
  }

  clear(): void {
    this.#members.clear();
    this.#rooms.clear();
  }
}
