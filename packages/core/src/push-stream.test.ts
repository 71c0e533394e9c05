import { expect, test, vi } from "vitest";
import { PushStream } from "./push-stream.ts";

async function read<Value>(stream: PushStream<Value>): Promise<Value[]> {
  const values: Value[] = [];
  for await (const value of stream) values.push(value);
  return values;
}

test("gives what was pushed before it was read, and what comes later, in order", async () => {
  const stream = new PushStream<number>();
  stream.push(1);
  stream.push(2);
  const values = read(stream);
  await Promise.resolve();
  stream.push(3);
  await new Promise(setImmediate);
  stream.push(4);
  stream.end();
  expect(await values).toEqual([1, 2, 3, 4]);
});

test("takes nothing after its end", async () => {
  const stream = new PushStream<number>();
  stream.push(1);
  stream.end();
  stream.end();
  stream.push(2);
  expect(stream.isEnded).toBe(true);
  expect(await read(stream)).toEqual([1]);
});

test("does not miss what is pushed while a value is at the reader", async () => {
  const stream = new PushStream<number>();
  stream.push(1);
  const seen: number[] = [];
  for await (const value of stream) {
    seen.push(value);
    if (value < 3) stream.push(value + 1);
    else stream.end();
  }
  expect(seen).toEqual([1, 2, 3]);
});

test("tells once when its reader stops, early or at the end", async () => {
  for (const isEarly of [true, false]) {
    const onReturn = vi.fn();
    const stream = new PushStream<number>(onReturn);
    stream.push(1);
    if (!isEarly) stream.end();
    for await (const _value of stream) if (isEarly) break;
    expect(onReturn).toHaveBeenCalledTimes(1);
  }
});
