import { expect, test } from "vitest";
import { OriginLedger } from "./origin-ledger.ts";

const KEEP_MS = 1_000;
const none: ReadonlyMap<string, number> = new Map();

/** A log that has delivered packets of its own and of others: each is `[sender, its position there, the one before]`. */
function setUp(...packets: readonly (readonly ["own"] | readonly [string, number, number])[]): OriginLedger {
  const ledger = new OriginLedger("here", KEEP_MS);
  packets.forEach(([epoch, position = 0, previous = 0], index) => {
    const origin = epoch === "own" ? {} : { origin: { epoch, position, previous } };
    ledger.note(index + 1, { ...origin, isTold: epoch === "own" }, index);
  });
  return ledger;
}

test("knows up to where each server's packets were delivered", () => {
  const ledger = setUp(["own"], ["a", 4, 0], ["b", 2, 1], ["own"], ["a", 9, 4]);
  expect(ledger.seen()).toEqual(
    new Map([
      ["here", 4],
      ["a", 9],
      ["b", 2],
    ]),
  );
});

test("starts before the first packet that is not covered, whoever sent it", () => {
  const ledger = setUp(["own"], ["a", 4, 0], ["own"], ["a", 9, 4]);
  const startAfter = (here: number, a: number): number | undefined =>
    ledger.startAfter(
      new Map([
        ["here", here],
        ["a", a],
      ]),
      none,
      4,
      0,
      0,
    );
  expect(startAfter(3, 9)).toBe(4);
  expect(startAfter(3, 4)).toBe(3);
  expect(startAfter(1, 9)).toBe(2);
  expect(startAfter(0, 9)).toBe(0);
  expect(startAfter(3, 0)).toBe(1);
  expect(startAfter(99, 99)).toBe(4);
});

test("cannot tell where to start if packets were left out", () => {
  const ledger = setUp(["a", 4, 0], ["a", 9, 7]);
  expect(ledger.startAfter(new Map([["a", 4]]), none, 2, 0, 0)).toBeUndefined();
  expect(ledger.startAfter(new Map([["a", 7]]), none, 2, 0, 0)).toBe(1);
  expect(ledger.startAfter(new Map([["a", 9]]), none, 2, 0, 0)).toBe(2);
});

test("cannot tell if it has never heard of a server that has sent more than what is covered", () => {
  const ledger = setUp(["own"]);
  const covered = new Map([
    ["here", 1],
    ["a", 4],
  ]);
  expect(ledger.startAfter(covered, new Map([["a", 5]]), 1, 0, 0)).toBeUndefined();
  expect(ledger.startAfter(covered, new Map([["a", 4]]), 1, 0, 0)).toBe(1);
  expect(setUp(["own"], ["a", 5, 4]).startAfter(covered, new Map([["a", 6]]), 2, 0, 0)).toBe(1);
});

test("cannot tell if a server has sent more since the log began, and nothing of it has been heard", () => {
  const ledger = new OriginLedger("here", KEEP_MS);
  ledger.begin(new Map([["a", 7]]), 0);
  const startAfter = (covered: number, told: number): number | undefined =>
    ledger.startAfter(new Map([["a", covered]]), new Map([["a", told]]), 0, 0, 0);
  expect([startAfter(7, 7), startAfter(7, 8), startAfter(8, 8)]).toEqual([0, undefined, 0]);
  ledger.note(1, { origin: { epoch: "a", position: 8, previous: 7 }, isTold: false }, 0);
  expect([startAfter(7, 9), startAfter(8, 9)]).toEqual([0, 0]);
});

test("cannot tell once the log has forgotten what is not covered", () => {
  const ledger = setUp(["own"], ["a", 4, 0], ["own"], ["a", 9, 4]);
  const covered = new Map([
    ["here", 1],
    ["a", 4],
  ]);
  ledger.forget(2, 0);
  expect(ledger.startAfter(covered, none, 4, 0, 0)).toBe(2);
  ledger.forget(3, 0);
  expect(ledger.startAfter(covered, none, 4, 0, 0)).toBeUndefined();
  expect(ledger.startAfter(new Map([...covered, ["here", 3]]), none, 4, 0, 0)).toBe(3);
});

test("has everything that comes after what had been sent when the log began", () => {
  const ledger = new OriginLedger("here", KEEP_MS);
  ledger.begin(new Map([["a", 7]]), 0);
  expect(ledger.seen()).toEqual(new Map([["a", 7]]));
  ledger.note(1, { origin: { epoch: "a", position: 9, previous: 7 }, isTold: false }, 0);
  expect(ledger.startAfter(new Map([["a", 7]]), none, 1, 0, 0)).toBe(0);
  expect(ledger.startAfter(new Map([["a", 6]]), none, 1, 0, 0)).toBeUndefined();
  ledger.begin(new Map([["a", 99]]), 0);
  expect(ledger.seen()).toEqual(new Map([["a", 9]]));
});

test("what had been told when the log began may come later", () => {
  const ledger = new OriginLedger("here", KEEP_MS);
  ledger.begin(new Map([["a", 7]]), 0);
  expect(ledger.note(1, { origin: { epoch: "a", position: 6, previous: 5 }, isTold: false }, 0)).toBe(true);
  expect(ledger.note(2, { origin: { epoch: "a", position: 7, previous: 6 }, isTold: false }, 0)).toBe(true);
  expect(ledger.seen()).toEqual(new Map([["a", 7]]));
  expect(ledger.startAfter(new Map([["a", 5]]), none, 2, 0, 0)).toBe(0);
  expect(ledger.startAfter(new Map([["a", 4]]), none, 2, 0, 0)).toBeUndefined();
});

test("a packet of unknown origin, or out of order, is remembered by its time", () => {
  const ledger = new OriginLedger("here", KEEP_MS);
  expect(ledger.lastUnknownAtMs).toBe(Number.NEGATIVE_INFINITY);
  expect(ledger.note(1, { origin: "unknown", isTold: false }, 5)).toBe(false);
  expect(ledger.lastUnknownAtMs).toBe(5);
  expect(ledger.note(2, { origin: { epoch: "a", position: 4, previous: 0 }, isTold: false }, 6)).toBe(true);
  expect(ledger.note(3, { origin: { epoch: "a", position: 3, previous: 0 }, isTold: false }, 7)).toBe(false);
  expect(ledger.lastUnknownAtMs).toBe(7);
  expect(ledger.seen()).toEqual(new Map([["a", 4]]));
});

test("packets for this server's clients alone are none of the others' business", () => {
  const ledger = setUp(["own"]);
  expect(ledger.note(2, { isTold: false }, 0)).toBe(true);
  expect(ledger.seen()).toEqual(new Map([["here", 1]]));
});

test("a server that was silent for longer than anything is kept matters to those only that have heard of it", () => {
  const ledger = setUp(["own"], ["a", 4, 0]); // noted at 0 and 1
  const heard = new Map([["a", 3]]);
  ledger.forget(2, KEEP_MS);
  expect(ledger.startAfter(new Map([["here", 1]]), none, 2, 1 + KEEP_MS, 1 + KEEP_MS)).toBeUndefined();
  expect(ledger.startAfter(none, none, 2, 2 + KEEP_MS, 2 + KEEP_MS)).toBe(2);
  expect(ledger.startAfter(heard, none, 2, 2 + KEEP_MS, 2 + KEEP_MS)).toBeUndefined();
});

test("cannot tell who is to get what of a server that has long been sending, and that the other server does not hear", () => {
  const ledger = setUp(["own"], ["a", 4, 0], ["a", 5, 4]);
  const startAfter = (seenAtMs: number): number | undefined =>
    ledger.startAfter(new Map([["a", 4]]), none, 3, KEEP_MS, seenAtMs);
  expect([startAfter(0), startAfter(10_000), startAfter(10_001)]).toEqual([0, 0, undefined]);
  expect(
    ledger.startAfter(
      new Map([
        ["a", 4],
        ["here", 0],
      ]),
      none,
      3,
      KEEP_MS,
      10_001,
    ),
  ).toBe(0);
});

test("servers that are long gone are forgotten, but not this one", () => {
  const ledger = setUp(["own"]);
  for (let n = 0; n < 2_000; n++) {
    ledger.note(n + 2, { origin: { epoch: `e${n}`, position: 1, previous: 0 }, isTold: false }, n * 100);
    ledger.forget(n, n * 100);
  }
  const seen = ledger.seen();
  expect(seen.size).toBeLessThan(250);
  expect(seen.get("here")).toBe(1);
  expect(ledger.knows("e0")).toBe(false);
  expect(ledger.note(9_000, { origin: { epoch: "e0", position: 7, previous: 1 }, isTold: false }, 600_000)).toBe(true);
  expect(ledger.startAfter(new Map([...seen, ["e0", 1]]), none, 9_000, 600_000, 600_000)).toBe(8_999);
});

test("tells what was delivered and is not written yet: servers by number once those are written, else by epoch", () => {
  const ledger = setUp(["own"], ["epoch--a", 4, 0], ["epoch--b", 40, 0]);
  expect(ledger.describeUnwritten(undefined)).toBe(".epoch--a:4.epoch--b:14");
  ledger.written(2, Math.max(...ledger.numbers().values()));
  expect(ledger.describeUnwritten(undefined)).toBe(".2:14");
  expect(ledger.describeUnwritten({ epoch: "epoch--b", position: 41, previous: 40 })).toBe(".2:15");
  expect(ledger.describeUnwritten({ epoch: "epoch--c", position: 1, previous: 0 })).toBe(".epoch--c:1.2:14");
  ledger.written(3, 2);
  expect(ledger.describeUnwritten(undefined)).toBe("");
});

test("does not tell where a packet is of unknown origin, or out of order", () => {
  const ledger = setUp(["epoch--a", 4, 0]);
  expect(ledger.describeUnwritten("unknown")).toBeUndefined();
  expect(ledger.describeUnwritten({ epoch: "epoch--a", position: 4, previous: 0 })).toBeUndefined();
  ledger.note(2, { origin: "unknown", isTold: false }, 0);
  expect(ledger.describeUnwritten(undefined)).toBeUndefined();
  ledger.written(2, 1);
  expect(ledger.describeUnwritten(undefined)).toBe("");
});

test("is behind as long as nothing has come of a server that has sent more than what is covered", () => {
  const ledger = setUp(["own"]);
  const told = new Map([["a", 4]]);
  expect([ledger.isBehind(none, told), ledger.isBehind(new Map([["a", 4]]), told)]).toEqual([true, false]);
  ledger.note(2, { origin: { epoch: "a", position: 4, previous: 0 }, isTold: false }, 0);
  expect(ledger.isBehind(none, told)).toBe(false);
});
