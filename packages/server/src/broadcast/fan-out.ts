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
  if (to.rooms.length === 0) return visitAll(connected.values(), excluded, visit);
  if (to.rooms.length > 1) return visitAll(membersOfAny(rooms, to.rooms), excluded, visit);
  const [room] = to.rooms;
  if (room !== undefined) visitAll(membersOf(rooms, room), excluded, visit);
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
  const [first, ...others] = names;
  if (first === undefined) return NOBODY;
  if (others.length === 0) return membersOf(rooms, first);
  const members = new Set(membersOf(rooms, first));
  for (const name of others) for (const member of membersOf(rooms, name)) members.add(member);
  return members;
}

function membersOf<Member extends RoomMember>(rooms: RoomIndex<Member>, room: string): ReadonlySet<Member> {
  const members = rooms.members(room);
  if (members !== undefined) return members;
  const sole = rooms.sole(room);
  return sole === undefined ? NOBODY : new Set([sole]);
}

const NOBODY: ReadonlySet<never> = new Set<never>();
