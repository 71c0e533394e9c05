import type { BusStatus } from "@halyard/contracts";
import { expect, test } from "vitest";
import { BusInlet } from "../bus/bus-inlet.ts";
import { EntryInlet } from "./entry-inlet.ts";
import { StreamEntry, writeFields, writeMessage } from "./entry.ts";
import type { EntryAge } from "./stream-reader.ts";

/** What a node reads of a stream: what it delivers, and what it tells. */
function start() {
  const inlet = new BusInlet("me");
  const delivered: unknown[] = [];
  const statuses: BusStatus[] = [];
  const malformed: unknown[] = [];
  inlet.open({
    onMessage: (message, offset, isPast) => void delivered.push([message, offset, isPast]),
    onStatus: (status) => void statuses.push(status),
    onMalformed: (cause) => void malformed.push(cause),
  });
  const entries = new EntryInlet("s", inlet);
  let id = 0;
  const read = (number: number, { settled = number - 1, age = "new" as EntryAge, uid = "other" } = {}): void => {
    const message = writeMessage({ uid, nsp: "/", type: 3, data: { number } }, false);
    entries.onEntry(new StreamEntry(`${++id}-0`, writeFields(uid, [message], { number, settled })), age);
  };
  const readFields = (...fields: readonly string[]): void =>
    entries.onEntry(new StreamEntry(`${++id}-0`, fields), "new");
  return { entries, delivered, statuses, malformed, read, readFields };
}

test("delivers what comes twice once, and nothing of this node", () => {
  const { delivered, statuses, read } = start();
  read(1);
  read(1);
  read(2, { uid: "me" });
  read(2);
  const message = (number: number) => ({ uid: "other", nsp: "/", type: 3, data: { number } });
  expect(delivered).toEqual([
    [message(1), "1-0", false],
    [message(2), "4-0", false],
  ]);
  expect(statuses).toEqual([]);
});

test("tells of entries that are missing, and delivers those that are there", () => {
  const { delivered, statuses, read } = start();
  read(1);
  read(4);
  expect(statuses).toEqual([
    {
      kind: "gap",
      cause: expect.objectContaining({
        code: "REDIS_ENTRIES_MISSING",
        message: "2 entries of the node other did not come through the stream s",
      }),
    },
  ]);
  read(5);
  expect(delivered).toHaveLength(3);
  expect(statuses).toHaveLength(1);
});

test("says nothing of entries that may come yet, and then do", () => {
  const { delivered, statuses, read } = start();
  for (const [number, settled] of [
    [1, 0],
    [3, 1],
    [2, 1],
    [4, 1],
    [5, 4],
  ] as const)
    read(number, { settled });
  expect(delivered).toHaveLength(5);
  expect(statuses).toEqual([]);
});

test("says nothing of what was lost before this node began, but of what was lost since", () => {
  const { statuses, read } = start();
  read(7, { age: "past" });
  read(9, { age: "past" });
  expect(statuses).toEqual([]);
  read(11);
  expect(statuses).toHaveLength(1);
});

test("tells once that a stream was cut", () => {
  const { entries, delivered, statuses, read } = start();
  read(1);
  read(2);
  entries.onGap();
  read(1, { age: "again" });
  read(2, { age: "again" });
  read(8);
  expect(delivered).toHaveLength(3);
  expect(statuses).toEqual([{ kind: "gap" }]);
});

test.each(["none", "", "0", "-1", "1.5", "3:3", "3:4", "3:-1", "3:x"])(
  "takes entries whose number is %s for those of others, which have none",
  (number) => {
    const { delivered, statuses, readFields } = start();
    for (let times = 0; times < 2; times++) readFields("uid", "other", "nsp", "/", "type", "4", "n", number);
    expect(delivered).toHaveLength(2);
    expect(statuses).toEqual([]);
  },
);

test("tells of what cannot be read", () => {
  const { delivered, malformed, readFields } = start();
  readFields("uid", "other", "nsp", "/", "type", "3", "data", "{", "n", "1");
  expect(delivered).toEqual([]);
  expect(malformed).toEqual([expect.objectContaining({ code: "CLUSTER_MALFORMED" })]);
});
