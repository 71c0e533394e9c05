import type { LoggedPacket } from "@halyard/contracts";
import { expect, test } from "vitest";
import { LogMirror } from "./log-mirror.ts";

/** Another server's log: every third packet was needed, and is for everybody, for a room, or for a socket in turn. */
function setUp({ length = 3_000, forgotten = 0, maxBytes = 1_000_000 } = {}) {
  const targets = [
    { rooms: [], except: [] },
    { rooms: ["r", "s"], except: [] },
    "me",
    "you",
    { rooms: ["t"], except: [] },
  ];
  const all: LoggedPacket[] = [];
  for (let position = 3; position <= length; position += 3)
    all.push({ position, to: targets[all.length % targets.length] ?? "nobody", messages: ["x"] });
  const asked: (readonly [number, number])[] = [];
  const mirror = new LogMirror(
    "there",
    {
      readLog(_epoch, from, last, count) {
        const first = Number.parseInt(from.replace("(", ""), 10) + (from.startsWith("(") ? 1 : 0);
        asked.push([first, last]);
        if (forgotten >= first) return Promise.resolve(undefined);
        const packets = all.filter(({ position }) => position >= first && position <= last).slice(0, count);
        const { position } = packets.at(-1) ?? { position: last };
        return Promise.resolve(packets.length < count ? { packets } : { packets, next: `(${position}-0` });
      },
    },
    maxBytes,
  );
  const expected = (after: number, until: number, indexes: readonly number[]): number[] =>
    all
      .filter(({ position }, index) => position > after && position <= until && indexes.includes(index % 5))
      .map(({ position }) => position);
  const find = async (after: number, until: number, sid = "me", rooms: readonly string[] = []): Promise<unknown> =>
    (await mirror.find(after, until, sid, rooms))?.map(({ position }) => position);
  return { mirror, asked, expected, find };
}

test("finds what was for everybody, for rooms and for the socket, each once and in order", async () => {
  const { find, expected } = setUp();
  expect(await find(100, 2_000)).toEqual(expected(100, 2_000, [0, 2]));
  expect(await find(100, 2_000, "you", ["s", "r"])).toEqual(expected(100, 2_000, [0, 1, 3]));
});

test("fetches no part twice", async () => {
  const { find, asked, expected } = setUp();
  await Promise.all([find(1_000, 1_500), find(1_200, 1_500), find(1_000, 1_500, "you", ["r"])]);
  expect(asked).toEqual([[1_001, 1_500]]);
  expect(await find(400, 2_000)).toEqual(expected(400, 2_000, [0, 2]));
  expect(asked.slice(1)).toEqual([
    [401, 1_000],
    [1_501, 2_000],
  ]);
});

test("fetches what is long in pieces", async () => {
  const { find, asked, expected } = setUp();
  expect(await find(0, 3_000)).toEqual(expected(0, 3_000, [0, 2]));
  expect(asked.length).toBeGreaterThan(1);
});

test("gives nothing where something is forgotten, or too much", async () => {
  const { find } = setUp({ forgotten: 500 });
  expect(await find(400, 1_000)).toBeUndefined();
  expect(await find(500, 1_000)).toBeDefined();
  expect(await setUp({ maxBytes: 100 }).find(0, 3_000)).toBeUndefined();
});
