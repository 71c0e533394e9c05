import type { LoggedPacket } from "@halyard/contracts";
import { pack } from "@halyard/msgpack-parser";
import { expect, test } from "vitest";
import {
  readPacket,
  readHeard,
  readRecord,
  writePacket,
  writeHeard,
  writeRecord,
  type SessionRecord,
} from "./record.ts";

const record: SessionRecord = {
  sid: "sid",
  data: { name: "Ada", bytes: Buffer.from([1, 2]), nested: [null, true] },
  start: { epoch: "b", position: 9 },
  memberships: [
    { room: "sid", after: 9 },
    { room: "left", after: 10, until: 12 },
  ],
  reached: 11,
  lostAt: 12,
  droppedAt: 10,
  covered: new Map([["a", 7]]),
  former: [{ start: { epoch: "a", position: 0 }, memberships: [], reached: 7, lostAt: 7, end: 7 }],
  stale: { epoch: "z", position: 3 },
};

test("sessions are read as they were written", () => {
  const release = { end: 15, seen: new Map([["a", 8]]) };
  expect(readRecord(writeRecord(record, 13, release))).toEqual({ ...record, lostAt: 13, release });
  const { sid, data, start, memberships, reached } = record;
  expect(readRecord(writeRecord({ sid, data, start, memberships, reached }))).toEqual({
    sid,
    data,
    start,
    memberships,
    reached,
    former: [],
  });
});

test("packets are read as they were written", () => {
  const packets: LoggedPacket[] = [
    { position: 1, to: "sid", messages: ["2[1]"] },
    {
      position: 2,
      to: { rooms: ["r"], except: ["x"] },
      messages: ["51-[]", Buffer.from([1, 2, 3])],
      origin: "unknown",
    },
    { position: 3, to: { rooms: [], except: [] }, messages: [], origin: { epoch: "a", position: 2 } },
  ];
  for (const packet of packets) expect(readPacket(writePacket(packet))).toEqual(packet);
});

test("of which servers a log knows is read as it was written", () => {
  const numbers = new Map([
    ["a", 0],
    ["toString", 1],
    ["silent", 2],
  ]);
  const seen = new Map([
    ["a", 1],
    ["toString", 2 ** 53 - 1],
  ]);
  expect(readHeard(writeHeard({ numbers, seen }))).toEqual({ numbers, seen });
});

test("what is damaged is nothing", () => {
  const damaged = [
    new Uint8Array(),
    Uint8Array.of(0xc1),
    ...[
      null,
      5,
      "x",
      [],
      [1, 2, 3],
      ["sid", []],
      ["sid", [["a", 0, [], "x"]]],
      ["sid", [["a", 0, [[1]], 0, null, null, []]]],
    ].map(pack),
  ];
  for (const bytes of damaged) {
    expect(readRecord(bytes)).toBeUndefined();
  }
  for (const value of [null, 5, "x", [], [1, 2, 3], [["r"], [], []]]) expect(readPacket(pack(value))).toBeUndefined();
  for (const value of [5, [5], [["a"]], [["a", 1]], [["a", -1, 1]], [["a", 1, "1"]], [[1, 2, 3]]])
    expect(readHeard(pack(value))).toBeUndefined();
  expect(readPacket(pack([1, "sid", [5], null]))).toBeUndefined();
  expect(readPacket(pack([1, [["r"], [1]], [], null]))).toBeUndefined();
});
