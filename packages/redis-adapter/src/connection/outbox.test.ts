import { FakeClock } from "@halyard/core/testing";
import { expect, test, vi } from "vitest";
import { FakeLink } from "./fake-link.fixture.ts";
import { Outbox, type OutboxHandler } from "./outbox.ts";

const KB = 1_000;

function start({ isUp = true, maxBytes = 100 * KB, maxAgeMs = 10_000 } = {}) {
  const link = new FakeLink(isUp);
  const clock = new FakeClock();
  const onDropped = vi.fn<OutboxHandler["onDropped"]>();
  const outbox = new Outbox(link, "route", { maxBytes, maxAgeMs }, clock, { onDropped });
  const sent = (): unknown[] => link.commands.map(({ args }) => args.at(-1));
  return { link, clock, onDropped, outbox, sent };
}

test("sends at once while the server is there", () => {
  const { outbox, sent } = start();
  outbox.send(["PUBLISH", "channel", "a"]);
  outbox.send(["PUBLISH", "channel", "b"]);
  expect(sent()).toEqual(["a", "b"]);
  expect(outbox.backlog).toEqual({ messages: 0, bytes: 0 });
});

test("keeps messages until the server is back, in order", () => {
  const { outbox, link, sent, onDropped } = start({ isUp: false });
  for (const payload of ["a", "b", "c"]) outbox.send(["PUBLISH", "channel", payload]);
  expect(sent()).toEqual([]);
  expect(outbox.backlog.messages).toBe(3);
  link.up();
  expect(sent()).toEqual(["a", "b", "c"]);
  expect(outbox.backlog).toEqual({ messages: 0, bytes: 0 });
  expect(onDropped).not.toHaveBeenCalled();
});

test("counts the messages that a command holds", async () => {
  const { outbox, link, clock, onDropped } = start({ isUp: false, maxAgeMs: 10_000 });
  outbox.send(["PUBLISH", "channel", "a b c"], "route", 3);
  clock.advance(5_000);
  outbox.send(["PUBLISH", "channel", "d e"], "route", 2);
  expect(outbox.backlog.messages).toBe(5);
  clock.advance(5_000);
  expect(onDropped).toHaveBeenCalledExactlyOnceWith(3, expect.any(Number));
  expect(outbox.backlog.messages).toBe(2);
  link.up();
  expect(outbox.backlog.messages).toBe(0);
  await link.commands[0]?.refuse(new Error("reset"));
  expect(onDropped).toHaveBeenLastCalledWith(2, expect.any(Number), expect.any(Error));
});

test("drops the oldest beyond the bound in bytes", () => {
  const { outbox, link, sent, onDropped } = start({ isUp: false, maxBytes: 30 * KB });
  for (const letter of ["a", "b", "c", "d"]) outbox.send(["PUBLISH", "channel", letter.repeat(9 * KB)]);
  expect(onDropped).toHaveBeenCalledExactlyOnceWith(1, expect.any(Number));
  expect(outbox.backlog.bytes).toBeLessThanOrEqual(30 * KB);
  link.up();
  expect(sent()).toEqual(["b".repeat(9 * KB)]);
});

test("drops what has waited for too long", () => {
  const { outbox, clock, onDropped } = start({ isUp: false, maxAgeMs: 10_000 });
  outbox.send(["PUBLISH", "channel", "a"]);
  clock.advance(6_000);
  outbox.send(["PUBLISH", "channel", "b"]);
  clock.advance(4_000);
  expect(onDropped).toHaveBeenCalledTimes(1);
  expect(outbox.backlog.messages).toBe(1);
  clock.advance(6_000);
  expect(onDropped).toHaveBeenCalledTimes(2);
  expect(outbox.backlog).toEqual({ messages: 0, bytes: 0 });
});

test("gives a server that does not answer no more than half of the bound, and goes on when it does", async () => {
  const { outbox, link, sent } = start({ maxBytes: 40 * KB });
  for (const letter of ["a", "b", "c"]) outbox.send(["PUBLISH", "channel", letter.repeat(9 * KB)]);
  expect(sent()).toHaveLength(2);
  expect(outbox.backlog.messages).toBe(1);
  await link.commands[0]?.answer(1);
  expect(sent()).toHaveLength(3);
});

test("sends a message alone that is larger than the window", () => {
  const { outbox, sent } = start({ maxBytes: 40 * KB });
  outbox.send(["PUBLISH", "channel", "a".repeat(30 * KB)]);
  expect(sent()).toHaveLength(1);
});

test("tells of what the server or the connection refused, and sends nothing twice", async () => {
  const { outbox, link, onDropped } = start();
  outbox.send(["PUBLISH", "channel", "a"]);
  const cause = new Error("the connection is gone");
  await link.commands[0]?.refuse(cause);
  expect(onDropped).toHaveBeenCalledExactlyOnceWith(1, expect.any(Number), cause);
  link.up();
  expect(link.commands).toHaveLength(1);
});

test("drops what waits when it is closed, and takes no more", () => {
  const { outbox, link, onDropped } = start({ isUp: false });
  outbox.send(["PUBLISH", "channel", "a"]);
  outbox.close();
  outbox.close();
  expect(onDropped).toHaveBeenCalledTimes(1);
  outbox.send(["PUBLISH", "channel", "b"]);
  link.up();
  expect(link.commands).toEqual([]);
});

test("keeps order over many messages", () => {
  const { outbox, link, sent } = start({ isUp: false, maxBytes: 100_000 * KB });
  const payloads = Array.from({ length: 25_000 }, (_, number) => String(number));
  for (const payload of payloads) outbox.send(["PUBLISH", "channel", payload]);
  link.up();
  expect(outbox.backlog.messages + sent().length).toBe(25_000);
  expect(sent()).toEqual(payloads.slice(0, sent().length));
});

test("sends again what failed, in order and before what came later, where its handler wants that", async () => {
  const link = new FakeLink();
  const clock = new FakeClock();
  const onDropped = vi.fn<OutboxHandler["onDropped"]>();
  const limits = { maxBytes: 100 * KB, maxAgeMs: 10_000 };
  const outbox = new Outbox(link, "route", limits, clock, { onDropped, isRepeated: () => true });
  outbox.send(["XADD", "stream", "first"]);
  await link.commands[0]?.answer(1);
  for (const payload of ["a", "b"]) outbox.send(["XADD", "stream", payload]);
  await link.commands[1]?.refuse(new Error("the connection is gone"));
  outbox.send(["XADD", "stream", "c"]);
  await link.commands[2]?.refuse(new Error("the connection is gone"));
  clock.advance(100);
  const sent = (): unknown[] => link.commands.slice(1).map(({ args }) => args.at(-1));
  expect(sent()).toEqual(["a", "b", "a"]); // and no other until it has come through
  await link.commands[3]?.answer(1);
  expect(sent()).toEqual(["a", "b", "a", "b", "c"]);
  expect(link.commands.every(({ isOrdered }) => isOrdered)).toBe(true);
  expect(onDropped).not.toHaveBeenCalled();
});

test("what would wait for the first to come through is sent when it is closed: nothing is sent again after that", () => {
  const link = new FakeLink();
  const onDropped = vi.fn<OutboxHandler["onDropped"]>();
  const limits = { maxBytes: 100 * KB, maxAgeMs: 10_000 };
  const outbox = new Outbox(link, "route", limits, new FakeClock(), { onDropped, isRepeated: () => true });
  for (const payload of ["a", "b", "c"]) outbox.send(["XADD", "stream", payload]);
  expect(link.commands.map(({ args }) => args.at(-1))).toEqual(["a"]);
  outbox.close();
  expect(link.commands.map(({ args }) => args.at(-1))).toEqual(["a", "b", "c"]);
  expect(onDropped).not.toHaveBeenCalled();
});

test("what has failed is dropped when it is closed, and not sent again afterwards", async () => {
  const link = new FakeLink();
  const clock = new FakeClock();
  const onDropped = vi.fn<OutboxHandler["onDropped"]>();
  const limits = { maxBytes: 100 * KB, maxAgeMs: 10_000 };
  const outbox = new Outbox(link, "route", limits, clock, { onDropped, isRepeated: () => true });
  outbox.send(["XADD", "stream", "first"]);
  await link.commands[0]?.answer(1);
  for (const payload of ["a", "b"]) outbox.send(["XADD", "stream", payload]);
  await link.commands[1]?.refuse(new Error("the connection is gone"));
  outbox.close();
  await link.commands[2]?.refuse(new Error("the connection is gone"));
  clock.advance(10_000);
  expect(link.commands).toHaveLength(3);
  expect(onDropped).toHaveBeenCalledExactlyOnceWith(1, expect.any(Number));
  expect(clock.pendingCount).toBe(0);
});

/** An outbox that repeats what failed, and knows answers by how they look. */
function startJudging() {
  const link = new FakeLink();
  const clock = new FakeClock();
  const onDropped = vi.fn<OutboxHandler["onDropped"]>();
  const outbox = new Outbox(link, "route", { maxBytes: 100 * KB, maxAgeMs: 10_000 }, clock, {
    onDropped,
    isRepeated: (cause) => !String(cause).includes("ERR"),
    isAnswer: ([name], reply) => name !== "XADD" || reply === "1-0",
    isTakenEarly: ([name]) => name !== "XADD",
  });
  const sent = (): unknown[] => link.commands.map(({ args }) => args.at(-1));
  return { link, clock, onDropped, outbox, sent };
}

test("does not take it for proven that a server takes a command because it took one that it takes early", async () => {
  const { link, outbox, sent } = startJudging();
  for (const payload of ["a", "b", "c"]) outbox.send(["PUBLISH", "channel", payload]);
  expect(sent()).toEqual(["a"]);
  await link.commands[0]?.answer(0); // servers do that, too, while they are loading
  expect(sent()).toEqual(["a", "b", "c"]);
  for (const payload of ["d", "e", "f"]) outbox.send(["XADD", "stream", payload]);
  for (const command of link.commands.slice(1)) await command.answer(0);
  expect(sent()).toEqual(["a", "b", "c", "d"]);
  outbox.send(["PUBLISH", "channel", "g"]);
  await link.commands[3]?.answer("1-0");
  expect(sent()).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
});

test("sends again what got the answer to another command", async () => {
  const { link, clock, onDropped, outbox, sent } = startJudging();
  outbox.send(["XADD", "stream", "a"]);
  outbox.send(["XADD", "stream", "b"]);
  await link.commands[0]?.answer(1);
  expect(sent()).toEqual(["a"]);
  clock.advance(100);
  await link.commands[1]?.answer("1-0");
  expect(sent()).toEqual(["a", "a", "b"]);
  expect(onDropped).not.toHaveBeenCalled();
});

test("says what is settled: answered, refused for good, or dropped", async () => {
  const { link, clock, onDropped, outbox } = startJudging();
  const settled: string[] = [];
  const send = (payload: string): void =>
    outbox.send(["XADD", "stream", payload], "route", 1, () => void settled.push(payload));
  for (const payload of ["a", "b", "c"]) send(payload);
  await link.commands[0]?.answer("1-0");
  expect(settled).toEqual(["a"]);
  await link.commands[2]?.refuse(new Error("ERR"));
  await link.commands[1]?.refuse(new Error("the connection is gone"));
  expect(settled).toEqual(["a", "c"]);
  link.down();
  send("d");
  clock.advance(10_000);
  expect(settled).toEqual(["a", "c", "b", "d"]);
  expect(onDropped.mock.calls.map(([messages]) => messages)).toEqual([1, 2]);
});
