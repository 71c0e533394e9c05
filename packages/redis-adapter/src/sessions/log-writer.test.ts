import { FakeClock } from "@halyard/core/testing";
import { expect, test } from "vitest";
import { FakeLink } from "../connection/fake-link.fixture.ts";
import { LogWriter, type WrittenLog } from "./log-writer.ts";
import { RedisPlace } from "./redis-place.ts";

/** A log whose Redis is the test. */
function start() {
  const link = new FakeLink();
  const confirmed: number[] = [];
  const log = {
    epoch: "here",
    position: 0,
    forgotten: 0,
    state() {
      const { position: to, forgotten } = this;
      return { to, forgotten, heard: { numbers: new Map(), seen: new Map() }, lastTold: 0 };
    },
    onWritten: ({ to }) => confirmed.push(to),
  } satisfies WrittenLog & { position: number };
  const writer = new LogWriter(log, new RedisPlace(link, new FakeClock(), "test", 1_000));
  /** Adds a packet, and writes what there is. */
  const add = (bytes = 1): void => {
    const position = ++log.position;
    writer.add(`${position}-0`, { position, to: "sid", messages: ["x".repeat(bytes)] });
    writer.flush();
  };
  /** What was written: from where, up to where, whether after a gap, and the ids. */
  const writes = () =>
    link.commands.map(({ args }) => ({
      from: Number(args[7]),
      to: Number(args[8]),
      isAfterGap: args[14] === "1",
      ids: args.slice(15).filter((_, index) => index % 2 === 0),
    }));
  const settled = (): Promise<void> => new Promise(setImmediate);
  const refuse = async (index: number): Promise<void> => {
    await link.commands[index]?.refuse(new Error("LOADING"));
    await settled();
  };
  const answer = async (index: number, reply: unknown = 1): Promise<void> => {
    await link.commands[index]?.answer(reply);
    await settled();
  };
  return { link, log, writer, confirmed, add, writes, refuse, answer };
}

test("writes each part after the one before, without waiting for answers", async () => {
  const { writer, confirmed, add, writes, answer } = start();
  add();
  add();
  expect(writes()).toEqual([
    { from: 0, to: 1, isAfterGap: false, ids: ["1-0"] },
    { from: 1, to: 2, isAfterGap: false, ids: ["2-0"] },
  ]);
  expect(writer.confirmed).toBe(0);
  await answer(0);
  expect([writer.confirmed, confirmed]).toEqual([1, [1]]);
});

test("what was refused is written again with what came since, once nothing else is under way", async () => {
  const { writer, add, writes, refuse, answer } = start();
  add();
  add();
  await refuse(0);
  add();
  expect(writes()).toHaveLength(2);
  await answer(1, ["0"]); // something is missing before it
  writer.flush();
  expect(writes().slice(2)).toEqual([{ from: 0, to: 3, isAfterGap: false, ids: ["1-0", "2-0", "3-0"] }]);
  await answer(2);
  expect([writer.confirmed, await writer.settle()]).toEqual([3, true]);
});

test("what was written though its answer was lost is not held for missing", async () => {
  const { writer, add, writes, refuse, answer } = start();
  add();
  add();
  await refuse(0);
  await answer(1);
  expect(writer.confirmed).toBe(2);
  add();
  expect(writes().at(-1)).toEqual({ from: 2, to: 3, isAfterGap: false, ids: ["3-0"] });
});

test("what Redis has lost is not waited for: the log goes on after a gap", async () => {
  const { writer, add, writes, answer } = start();
  add();
  await answer(0);
  add();
  await answer(1, ["0"]);
  writer.flush();
  expect(writes().at(-1)).toEqual({ from: 1, to: 2, isAfterGap: true, ids: ["2-0"] });
  await answer(2);
  add();
  expect(writes().at(-1)?.isAfterGap).toBe(false);
});

test("what becomes too much while Redis is away is given up, and said to be", async () => {
  const { link, writer, add, writes, refuse } = start();
  add();
  link.down();
  for (let n = 0; n < 10; n++) add(1_000_000);
  await refuse(0);
  link.up();
  writer.flush();
  const [, next] = writes();
  expect(next?.isAfterGap).toBe(true);
  expect(next?.ids.length).toBeLessThan(9);
  await refuse(1);
  writer.flush();
  expect(writes().at(-1)).toEqual(next);
});
