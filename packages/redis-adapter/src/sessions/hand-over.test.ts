import { expect, test } from "vitest";
import { handOver, isBehind, type LogHead, type NextLog } from "./hand-over.ts";
import { OriginLedger } from "./origin-ledger.ts";
import type { SessionRecord } from "./record.ts";

const NOW_MS = 100_000;
const none: ReadonlyMap<string, number> = new Map();

const record: SessionRecord = {
  sid: "sid",
  data: { name: "Ada" },
  start: { epoch: "there", position: 5 },
  memberships: [
    { room: "sid", after: 5 },
    { room: "r", after: 7 },
    { room: "left", after: 6, until: 8 },
  ],
  reached: 12,
  lostAt: 14,
};

const head: LogHead = {
  tail: 20,
  forgotten: 0,
  seen: new Map([["third", 3]]),
  numbers: new Map([
    ["there", 0],
    ["third", 1],
  ]),
  ageMs: 200,
  unknownAgeMs: undefined,
};

/** This server has delivered packets 1 and 2 of its own, then 3 and 4 of a third one. */
function next(): NextLog & { readonly ledger: OriginLedger } {
  const ledger = new OriginLedger("here", 60_000);
  for (const position of [1, 2]) ledger.note(position, { isTold: true }, 0);
  for (const position of [3, 4])
    ledger.note(position, { origin: { epoch: "third", position, previous: position - 1 }, isTold: false }, 0);
  return { epoch: "here", ledger, nowMs: NOW_MS, skip: () => 5 };
}

function lost(...[of = record, at = head, told = none, to = next()]: Partial<Parameters<typeof handOverOf>>): unknown {
  try {
    return handOverOf(of, at, told, to);
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
}

function handOverOf(
  of: SessionRecord,
  at: LogHead | undefined,
  told: ReadonlyMap<string, number>,
  to: NextLog,
): unknown {
  return handOver("pid", of, at, told, to);
}

test("goes on before the first packet that the former server had not delivered", () => {
  const seen = new Map([
    ["third", 3],
    ["here", 2],
  ]);
  const session = handOver("pid", record, { ...head, seen }, none, next());
  expect(session).toMatchObject({
    pid: "pid",
    sid: "sid",
    data: record.data,
    start: { epoch: "here", position: 3 },
    reached: 3,
    lostAt: 3,
    memberships: [
      { room: "sid", after: 3 },
      { room: "r", after: 3 },
    ],
    covered: new Map([...seen, ["there", 20]]),
  });
  const { sid: _sid, data: _data, ...stay } = record;
  expect(session.former).toEqual([{ ...stay, end: 20 }]);
});

test("starts before the place that was skipped, also if nothing is missing: a client may show that place at once", () => {
  const seen = new Map([
    ["third", 4],
    ["here", 2],
  ]);
  expect(handOver("pid", record, { ...head, seen }, none, next()).start.position).toBe(4);
});

test("ends where the former server has let go, not where its log has got since", () => {
  const release = { end: 16, seen: new Map([["third", 4]]) };
  const { former, covered } = handOver("pid", { ...record, release }, head, none, next());
  expect(former?.[0]?.end).toBe(16);
  expect(covered).toEqual(
    new Map([
      ["third", 4],
      ["there", 16],
    ]),
  );
});

test("what earlier stays have covered stays covered, and stays on the same log do not overlap", () => {
  const { start, reached } = record;
  const former = [{ start: { epoch: "here", position: 0 }, memberships: [], reached: 2, end: 4 }];
  const covered = new Map([
    ["here", 4],
    ["third", 9],
  ]);
  const session = handOver("pid", { ...record, start, reached, former, covered }, head, none, next());
  expect(session.covered?.get("third")).toBe(9);
  expect(session.start.position).toBeGreaterThanOrEqual(4);
  expect(session.former).toHaveLength(2);
});

test("is refused where it is not certain what was missed", () => {
  expect(lost(record, { ...head, tail: 11 })).toBe("HISTORY_LOST");
  expect(lost(record, { ...head, unknownAgeMs: 9_000 })).toBe("HISTORY_LOST");
  expect(lost(record, { ...head, seen: none }, new Map([["fourth", 1]]))).toBe("HISTORY_LOST");
  expect(lost({ ...record, stale: { epoch: "here", position: 5 } })).toBe("HISTORY_LOST");
  const unknown = next();
  unknown.ledger.note(5, { origin: "unknown", isTold: false }, NOW_MS - 9_000);
  expect(lost(record, head, none, unknown)).toBe("HISTORY_LOST");
  const many = Array.from({ length: 64 }, (_, n) => ({ ...record, start: { epoch: `e${n}`, position: 0 }, end: 1 }));
  expect(lost({ ...record, former: many })).toBe("HISTORY_LOST");
});

test("is not refused for what is long past", () => {
  expect(lost(record, { ...head, unknownAgeMs: 11_000 })).toBeTypeOf("object");
  expect(lost({ ...record, stale: { epoch: "here", position: 0 } })).toBeTypeOf("object");
  expect(lost({ ...record, stale: { epoch: "elsewhere", position: 99 } })).toBeTypeOf("object");
});

test("a log that is not there is lost", () => {
  expect(() => handOver("pid", record, undefined, none, next())).toThrow(
    expect.objectContaining({ code: "HISTORY_LOST" }),
  );
});

test("servers that a session has met, and that nobody knows any more, do not count", () => {
  const gone = Array.from({ length: 2_000 }, (_, n) => [`gone${n}`, 1] as const);
  const { covered } = handOver(
    "pid",
    { ...record, covered: new Map([...gone, ["told", 2]]) },
    head,
    new Map([["told", 2]]),
    next(),
  );
  expect([...(covered?.keys() ?? [])].sort()).toEqual(["there", "third", "told"]);
  const few = handOver("pid", { ...record, covered: new Map(gone.slice(0, 50)) }, head, none, next());
  expect(few.covered?.get("gone0")).toBe(1);
});

test("ends where the client had got, if it tells what that was, though the log of a server that has died ends before", () => {
  const shown = { epoch: "former--", position: 23, hint: "4.1:4.fourth--:a" };
  const of = { ...record, start: { ...record.start, epoch: "former--" } };
  const { former, covered } = handOver("pid", of, head, none, next(), shown);
  expect(former?.[0]?.end).toBe(23);
  expect(covered).toEqual(
    new Map([
      ["third", 4],
      ["fourth--", 10],
      ["former--", 23],
    ]),
  );
});

test("a place beyond the log's end is refused where its hint does not say enough", () => {
  const failure = (hint?: string): unknown => {
    try {
      return handOver("pid", { ...record, start: { ...record.start, epoch: "former--" } }, head, none, next(), {
        epoch: "former--",
        position: 23,
        hint,
      });
    } catch (error) {
      return error instanceof Error && "code" in error ? error.code : error;
    }
  };
  for (const hint of [undefined, "x y", "2.1:4", "4.7:4", "4.1:4!sid", "4.1:4!*"])
    expect(failure(hint)).toBe("HISTORY_LOST");
  for (const hint of ["3", "4.1:4", "4.1:4!six"]) expect(failure(hint)).toBeTypeOf("object");
});

test("a place within the log, or of another one, ends the stay where the log does", () => {
  for (const shown of [
    { epoch: "there", position: 20 },
    { epoch: "other", position: 99 },
  ])
    expect(handOver("pid", record, head, none, next(), shown).former?.[0]?.end).toBe(20);
});

test("what is known of a session from after the log's end has to be true at its end", () => {
  const early = { ...head, tail: 13 };
  expect(lost(record, early)).toBeTypeOf("object");
  const changed = [
    { ...record, reached: 14 },
    { ...record, droppedAt: 14 },
    { ...record, start: { ...record.start, position: 14 } },
    { ...record, memberships: [{ room: "r", after: 14 }] },
    { ...record, memberships: [{ room: "r", after: 1, until: 14 }] },
  ];
  for (const one of changed) expect(lost(one, early)).toBe("HISTORY_LOST");
});

test("waits for what was sent to all, as far as that is not covered", () => {
  const told = new Map([
    ["fourth", 1],
    ["there", 20],
  ]);
  expect(isBehind(record, head, told, next())).toBe(true);
  expect(isBehind(record, { ...head, seen: new Map([["fourth", 1]]) }, told, next())).toBe(false);
  expect(isBehind(record, undefined, told, next())).toBe(false);
});
