import type { EngineMessage } from "@halyard/contracts";
import { FakeClock } from "@halyard/core/testing";
import { expect, test } from "vitest";
import { resolveRetryRecords, type RetryRecordsOptions } from "./retry-record-options.ts";
import { RetryRecords } from "./retry-records.ts";
import type { RetryRecord } from "./retry-record.ts";

class Stand {
  readonly clock = new FakeClock();
  readonly records: RetryRecords;
  /** What was sent to anybody. */
  readonly sent: EngineMessage[] = [];
  readonly link = {
    id: "link",
    sendEncoded: (messages: readonly EngineMessage[]) => this.sent.push(...messages) > 0,
  };

  constructor(options: RetryRecordsOptions = {}) {
    const limits = resolveRetryRecords(options);
    if (limits === undefined) throw new Error("records are off");
    this.records = new RetryRecords(this.clock, limits);
  }

  claim(client: number): RetryRecord {
    const record = this.records.claim("/", { "~": String(client).padStart(32, "0") });
    if (record === undefined) throw new Error("no record");
    record.attach(this.link);
    return record;
  }

  /** A client that has sent events, all of them answered, and has left. */
  gone(client: number, ...answers: string[]): RetryRecord {
    const record = this.claim(client);
    for (const [id, answer] of answers.entries()) handle(record, id, answer);
    this.records.leave(record, this.link);
    return record;
  }

  knows(client: number, id = 0): boolean {
    const record = this.claim(client);
    const isRepeated = record.isRepeated(id);
    this.records.leave(record, this.link);
    return isRepeated;
  }
}

function handle(record: RetryRecord, id: number, answer: string): void {
  record.begin(id, {});
  record.answer(id, [answer]);
}

test("nothing is kept of clients that leave without having sent anything that could come again", () => {
  const stand = new Stand();
  stand.gone(1);
  expect(stand.records.size).toBe(0);
});

test("records of clients that are away are kept for maxAge, those of clients that are here as long as they are", () => {
  const stand = new Stand({ maxAge: 1_000 });
  const here = stand.claim(1);
  handle(here, 0, "answer");
  stand.gone(2, "answer");
  stand.clock.advance(999);
  expect([stand.records.size, stand.knows(2)]).toEqual([2, true]);
  stand.clock.advance(1_000);
  expect(stand.records.size).toBe(1);
  expect([stand.knows(2), here.isRepeated(0)]).toEqual([false, true]);
});

test("beyond maxAwayClients the one that left first is forgotten", () => {
  const stand = new Stand({ maxAwayClients: 2 });
  for (const client of [1, 2, 3]) stand.gone(client, "answer");
  expect(stand.records.size).toBe(2);
  expect([1, 2, 3].map((client) => stand.knows(client))).toEqual([false, true, true]);
});

test("a record that is used over a second connection does not end with the first", () => {
  const stand = new Stand({ maxAge: 1_000 });
  const first = stand.claim(1);
  const second = stand.claim(1);
  expect(second).toBe(first);
  handle(first, 0, "answer");
  stand.records.leave(first, stand.link);
  stand.clock.advance(5_000);
  expect([stand.records.size, second.isRepeated(0)]).toEqual([1, true]);
});

test("answers of the last maxWindow events are kept; older ones are not handled again, nor answered", () => {
  const stand = new Stand({ maxWindow: 3 });
  const record = stand.claim(1);
  for (const id of [0, 1, 2, 3, 4]) handle(record, id, `answer ${id}`);
  stand.sent.length = 0;
  expect([0, 1, 2, 3, 4].map((id) => record.isRepeated(id))).toEqual([true, true, true, true, true]);
  expect(stand.sent).toEqual(["answer 2", "answer 3", "answer 4"]);
  expect(record.window).toBe(3);
});

test("beyond maxClientBytes the oldest answers of that client go, and their events may be handled again", () => {
  const stand = new Stand({ maxClientBytes: 300 });
  const record = stand.claim(1);
  for (const id of [0, 1, 2]) handle(record, id, "x".repeat(64));
  expect([0, 1, 2].map((id) => record.isRepeated(id))).toEqual([false, true, true]);
  handle(record, 3, "x".repeat(1_000));
  expect([record.isRepeated(3), record.bytes, stand.records.bytes]).toEqual([false, 0, 0]);
});

test("beyond maxBytes the answers go that are the oldest of all clients, here or away", () => {
  const stand = new Stand({ maxBytes: 300 });
  const here = stand.claim(1);
  handle(here, 0, "x".repeat(64));
  stand.gone(2, "x".repeat(64));
  handle(here, 1, "x".repeat(64));
  expect(stand.records.bytes).toBeLessThanOrEqual(300);
  expect([here.isRepeated(0), here.isRepeated(1), stand.knows(2)]).toEqual([true, true, false]);
});

test("bytes are counted back to zero, however answers go", () => {
  const stand = new Stand({ maxAge: 1_000, maxWindow: 2, maxAwayClients: 3 });
  for (let client = 0; client < 10; client++) stand.gone(client, "a", "bb".repeat(client), "ccc");
  expect(stand.records.bytes).toBeGreaterThan(0);
  stand.clock.advance(1_000);
  expect([stand.records.size, stand.records.bytes]).toEqual([0, 0]);
});

test("a handler that answers after its client was forgotten leaves nothing behind", () => {
  const stand = new Stand({ maxAge: 1_000 });
  const record = stand.claim(1);
  record.begin(0, {});
  stand.records.leave(record, stand.link);
  stand.clock.advance(1_000);
  record.answer(0, ["late"]);
  expect([stand.records.size, stand.records.bytes, stand.sent]).toEqual([0, 0, []]);
});

test("closing lets go of everything", () => {
  const stand = new Stand();
  stand.gone(1, "answer");
  const here = stand.claim(2);
  stand.records.close();
  stand.records.leave(here, stand.link);
  expect([stand.records.size, stand.records.bytes, stand.clock.pendingCount]).toEqual([0, 0, 0]);
});

test.each(["maxAge", "maxAwayClients", "maxWindow", "maxClientBytes", "maxBytes"])("%s must be a number", (name) => {
  const refusal = expect.objectContaining({ code: "INVALID_OPTION", message: expect.stringContaining(name) });
  for (const value of [-1, Number.NaN, "1"]) expect(() => resolveRetryRecords({ [name]: value })).toThrow(refusal);
  expect(resolveRetryRecords({ [name]: 1 })).toBeDefined();
});
