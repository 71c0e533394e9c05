import { expect, test } from "vitest";
import { TickBatches } from "../index.ts";

const turn = () => new Promise(setImmediate);

function start(limits?: { maxBytes: number; maxMessages: number }) {
  const sent: string[] = [];
  const batches = new TickBatches<string>((items) => void sent.push(items.join(" ")), limits);
  const add = (key: string, ...items: string[]) => items.forEach((item) => batches.add(key, item, item.length));
  return { sent, batches, add };
}

test("without leave, everything is sent at once and alone", () => {
  const { sent, add } = start();
  add("k", "1", "2");
  expect(sent).toEqual(["1", "2"]);
});

test("what is added in one callback is sent together", async () => {
  const { sent, batches, add } = start();
  batches.allow(true);
  add("k", "1", "2");
  queueMicrotask(() => add("k", "3"));
  expect(sent).toEqual([]);
  await turn();
  expect(sent).toEqual(["1 2 3"]);
  add("k", "4");
  await turn();
  expect(sent).toEqual(["1 2 3", "4"]);
  await turn();
  expect(sent).toHaveLength(2);
});

test("what later callbacks of a turn add is sent at its end, and so is all of the next turns while that merges much", async () => {
  const { sent, batches, add } = start();
  batches.allow(true);
  const callbacks = async (...items: string[]): Promise<void> => {
    for (const item of items) setImmediate(() => add("k", item));
    await turn();
    await turn();
  };
  await callbacks("1", "2", "3");
  expect(sent).toEqual(["1", "2 3"]);
  await callbacks("4", "5", "6");
  expect(sent.slice(2)).toEqual(["4 5 6"]);
  await callbacks("7");
  await callbacks("8", "9");
  expect(sent.slice(3)).toEqual(["7", "8", "9"]);
});

test("what comes alone does not wait for the end of the turn", async () => {
  const { sent, batches, add } = start();
  batches.allow(true);
  let isTurnOver = false;
  setImmediate(() => (isTurnOver = true));
  add("k", "1", "2");
  await new Promise<void>((resolve) => process.nextTick(resolve));
  expect({ sent, isTurnOver }).toEqual({ sent: ["1 2"], isTurnOver: false });
});

test("what has another key does not overtake", async () => {
  const { sent, batches, add } = start();
  batches.allow(true);
  add("k", "1", "2");
  add("l", "3");
  add("k", "4", "5");
  await turn();
  expect(sent).toEqual(["1 2", "3", "4 5"]);
});

test("batches stay within their limits; what is larger goes alone", async () => {
  const { sent, batches, add } = start({ maxBytes: 10, maxMessages: 3 });
  batches.allow(true);
  add("k", "1", "2", "3", "4");
  add("k", "aaaaaa", "bbbb", "c".repeat(11), "d");
  await turn();
  expect(sent).toEqual(["1 2 3", "4 aaaaaa", "bbbb", "c".repeat(11), "d"]);
});

test("what waits is sent when leave is withdrawn, or on demand", () => {
  const { sent, batches, add } = start();
  batches.allow(true);
  add("k", "1", "2");
  batches.allow(false);
  expect(sent).toEqual(["1 2"]);
  add("k", "3");
  batches.allow(true);
  add("k", "4", "5");
  batches.flush();
  expect(sent).toEqual(["1 2", "3", "4 5"]);
});
