import { expect, test } from "vitest";
import { RoomIndex } from "./room-index.ts";

interface Member {
  readonly id: string;
}

function setUp() {
  const events: string[] = [];
  const connected = new Map<string, Member>();
  const index = new RoomIndex<Member>(connected, {
    created: (room) => events.push(`+${room}`),
    deleted: (room) => events.push(`-${room}`),
    joined: (room, id) => events.push(`${id}>${room}`),
    left: (room, id) => events.push(`${id}<${room}`),
  });
  const enter = (id: string): Member => {
    const member = { id };
    connected.set(id, member);
    index.enter(member);
    return member;
  };
  const exit = (member: Member): void => {
    index.leaveAll(member);
    connected.delete(member.id);
  };
  const inside = (room: string): string[] => {
    const sole = index.sole(room);
    return [...(index.members(room) ?? (sole === undefined ? [] : [sole]))].map(({ id }) => id);
  };
  return { index, events, enter, exit, inside };
}

test("puts every member into the room of its own id", () => {
  const { index, events, enter, exit, inside } = setUp();
  const a = enter("a");
  expect(inside("a")).toEqual(["a"]);
  expect([...index.roomsOf(a)]).toEqual(["a"]);
  exit(a);
  expect(inside("a")).toEqual([]);
  expect(events).toEqual(["+a", "a>a", "a<a", "-a"]);
});

test("makes a room for its first member and deletes it with its last", () => {
  const { index, events, enter, exit, inside } = setUp();
  const [a, b] = [enter("a"), enter("b")];
  events.length = 0;
  index.join(a, "r");
  index.join(a, "r");
  index.join(b, "r");
  expect(inside("r")).toEqual(["a", "b"]);
  index.leave(a, "r");
  index.leave(a, "r");
  exit(b);
  expect(inside("r")).toEqual([]);
  expect(events).toEqual(["+r", "a>r", "b>r", "a<r", "b<b", "-b", "b<r", "-r"]);
});

test("keeps nothing of a member that observers look at while it leaves", () => {
  const connected = new Map<string, Member>();
  const seen: unknown[] = [];
  const look = (event: string, room: string): void =>
    void seen.push([event, [...(index.idsOf(room) ?? ["none"])], [...index.roomsOf(a)]]);
  const index = new RoomIndex<Member>(connected, {
    created: () => {},
    joined: () => {},
    left: (room) => look("left", room),
    deleted: (room) => look("deleted", room),
  });
  const a: Member = { id: "a" };
  connected.set("a", a);
  index.enter(a);
  index.leaveAll(a);
  connected.delete("a");
  expect(seen).toEqual([
    ["left", [], ["a"]],
    ["deleted", ["none"], ["a"]],
  ]);
  expect(index.roomsOf(a).size).toBe(0);
});

test("lets others join the room of a member's id", () => {
  const { index, enter, exit, inside } = setUp();
  const [a, b] = [enter("a"), enter("b")];
  index.join(b, "a");
  expect(inside("a")).toEqual(["a", "b"]);
  exit(a);
  expect(inside("a")).toEqual(["b"]);
  exit(b);
  expect([...index.names()]).toEqual([]);
});

test("lets a member leave the room of its own id and come back", () => {
  const { index, enter, inside } = setUp();
  const a = enter("a");
  index.leave(a, "a");
  expect(inside("a")).toEqual([]);
  index.join(a, "a");
  expect(inside("a")).toEqual(["a"]);
  expect([...index.roomsOf(a)]).toEqual(["a"]);
});

test("keeps what a member joined before it was connected", () => {
  const { index, inside } = setUp();
  const connected = new Map<string, Member>();
  const silent = { created() {}, deleted() {}, joined() {}, left() {} };
  const early = new RoomIndex<Member>(connected, silent);
  const a = { id: "a" };
  early.join(a, "r");
  expect([...early.roomsOf(a)]).toEqual(["r"]);
  connected.set("a", a);
  early.enter(a);
  expect([...early.roomsOf(a)]).toEqual(["r", "a"]);
  expect(inside("r")).toEqual([]);
  expect(index.sole("a")).toBeUndefined();
});

test("a member joins those who were in the room of its id before it came", () => {
  const { index, enter, inside } = setUp();
  const b = enter("b");
  index.join(b, "a");
  const ids = index.idsOf("a");
  enter("a");
  expect(inside("a")).toEqual(["b", "a"]);
  expect(ids).toEqual(new Set(["b", "a"]));
});

test("a member's rooms are one live set", () => {
  const { index, enter } = setUp();
  const a = enter("a");
  const rooms = index.roomsOf(a);
  index.join(a, "r");
  expect([...rooms]).toEqual(["a", "r"]);
});

test("names every room once", () => {
  const { index, enter } = setUp();
  const [a, b] = [enter("a"), enter("b")];
  index.join(a, "r");
  index.join(b, "a");
  expect([...index.names()].toSorted()).toEqual(["a", "b", "r"]);
});
