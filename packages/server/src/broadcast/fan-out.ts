import type { Selection } from "@halyard/contracts";
import type { RoomIndex, RoomMember } from "../rooms/room-index.ts";

/**
 * Visits every connected member that a selection means, each once. Allocates nothing per member, and copies no room unless
 * several are excluded at once.
 */
export function fanOut<Member extends RoomMember>(
  rooms: RoomIndex<Member>,
  connected: ReadonlyMap<string, Member>,
  to: Selection,
  visit: (member: Member) => void,
): void {
  const excluded = membersOfAny(rooms, to.except);
  visitAll(to.rooms.length === 0 ? connected.values() : membersOfAny(rooms, to.rooms), excluded, visit);
}

function visitAll<Member extends RoomMember>(
  members: Iterable<Member>,
  excluded: ReadonlySet<Member>,
  visit: (member: Member) => void,
): void {
  if (excluded.size === 0) for (const member of members) visit(member);
  else for (const member of members) if (!excluded.has(member)) visit(member);
}

function membersOfAny<Member extends RoomMember>(
  rooms: RoomIndex<Member>,
  names: readonly string[],
): ReadonlySet<Member> {
  let first: ReadonlySet<Member> = NOBODY;
  let merged: Set<Member> | undefined;
  for (const name of names) {
    const members = membersOf(rooms, name);
    if (first.size === 0) first = members;
    else {
      merged ??= new Set(first);
      for (const member of members) merged.add(member);
    }
  }
  return merged ?? first;
}

function membersOf<Member extends RoomMember>(rooms: RoomIndex<Member>, room: string): ReadonlySet<Member> {
  const members = rooms.members(room);
  if (members !== undefined) return members;
  const sole = rooms.sole(room);
  return sole === undefined ? NOBODY : new Set([sole]);
}

const NOBODY: ReadonlySet<never> = new Set<never>();
