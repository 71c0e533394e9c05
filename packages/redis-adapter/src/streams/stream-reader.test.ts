import { FakeClock } from "@halyard/core/testing";
import { expect, test, vi } from "vitest";
import { FakeLink } from "../connection/fake-link.fixture.ts";
import { StreamReader, type EntryAge, type StreamHandler } from "./stream-reader.ts";

/** A reader of a stream that ends at the place 5-0, and waits for what comes. */
async function start(pastMs = 0) {
  const links: FakeLink[] = [];
  const source = new FakeLink();
  source.duplicate = () => {
    const link = new FakeLink();
    links.push(link);
    return link;
  };
  const clock = new FakeClock();
  const onEntry = vi.fn<StreamHandler["onEntry"]>();
  const onGap = vi.fn<StreamHandler["onGap"]>();
  const reader = new StreamReader(
    source,
    { stream: "s", readCount: 10, blockTimeMs: 1_000, pastMs, clock },
    { onEntry, onGap },
  );
  const read = (): readonly (readonly [id: string, age: EntryAge])[] =>
    onEntry.mock.calls.map(([{ id }, age]) => [id, age]);
  /** Answers the command that was sent last. */
  const answer = async (name: string, ...ids: readonly string[]): Promise<void> => {
    const entries = ids.map((id) => [id, ["uid", "x"]]);
    const command = links.at(-1)?.commands.at(-1);
    expect(command?.args[0]).toBe(name);
    const reply = entries.length === 0 ? null : [["s", entries]];
    await command?.answer(name === "XREAD" ? reply : entries);
  };
  const place = (): unknown => links.at(-1)?.commands.at(-1)?.args.at(-1);
  await answer("XREVRANGE", "5-0");
  return { links, clock, reader, onGap, read, answer, place };
}

async function breakOff(links: readonly FakeLink[], clock: FakeClock): Promise<void> {
  links.at(-1)?.down();
  await Promise.resolve();
  await Promise.resolve();
  await Promise.resolve();
  links.at(-1)?.up();
  clock.advance(100);
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}

test("reads from the end of the stream on", async () => {
  const { read, answer, place } = await start();
  expect(place()).toBe("5-0");
  await answer("XREAD", "6-0", "6-1");
  expect(read()).toEqual([
    ["6-0", "new"],
    ["6-1", "new"],
  ]);
  expect(place()).toBe("6-1");
});

test("reads what was there before first, and is ready only then", async () => {
  const { reader, read, answer, place } = await start(3);
  let isReady = false;
  void reader.ready.then(() => (isReady = true));
  expect(place()).toBe("2-0");
  await answer("XREAD", "2-1", "4-0");
  expect(isReady).toBe(false);
  await answer("XREAD", "5-0", "6-0");
  expect(read()).toEqual([
    ["2-1", "past"],
    ["4-0", "past"],
    ["5-0", "past"],
    ["6-0", "new"],
  ]);
  expect(isReady).toBe(true);
});

test("does not wait for what is not there any more", async () => {
  const { reader, answer, onGap } = await start(3);
  await answer("XREAD");
  await reader.ready;
  expect(onGap).not.toHaveBeenCalled();
});

test("goes on where it was when the connection was away, though the client does not say so", async () => {
  const { links, clock, read, answer, place, onGap } = await start();
  const before = links[0]?.commands.at(-1);
  await breakOff(links, clock);
  await before?.answer([["s", [["7-0", ["uid", "x"]]]]]); // the client has sent it again
  expect(read()).toEqual([]);
  await answer("XREVRANGE", "7-0");
  await answer("XRANGE", "5-0");
  expect(place()).toBe("5-0");
  await answer("XREAD", "7-0");
  expect(read()).toEqual([["7-0", "new"]]);
  expect(onGap).not.toHaveBeenCalled();
});

test("tells that a stream was cut off before it was read", async () => {
  const { links, clock, answer, onGap, place } = await start();
  await breakOff(links, clock);
  await answer("XREVRANGE", "9-0");
  await answer("XRANGE", "8-0");
  await answer("XRANGE", "8-0");
  expect(onGap).toHaveBeenCalledOnce();
  expect(place()).toBe("5-0");
});

test("begins anew with a stream that was forgotten", async () => {
  const { links, clock, read, answer, place, onGap } = await start();
  await breakOff(links, clock);
  await answer("XREVRANGE");
  expect(onGap).toHaveBeenCalledOnce();
  expect(place()).toBe("0-0");
  await answer("XREAD", "2-0"); // the clock of the machine was set back
  expect(read()).toEqual([["2-0", "new"]]);
});

test("says what it may have read before of a stream whose end was forgotten", async () => {
  const { links, clock, read, answer, onGap } = await start();
  await breakOff(links, clock);
  await answer("XREVRANGE", "4-0");
  expect(onGap).toHaveBeenCalledOnce();
  await answer("XREAD", "3-0", "4-0", "6-0");
  expect(read()).toEqual([
    ["3-0", "again"],
    ["4-0", "again"],
    ["6-0", "new"],
  ]);
});

test("notices that the end of a stream was forgotten, though it was written to since", async () => {
  const { links, clock, read, answer, onGap, place } = await start();
  await breakOff(links, clock);
  await answer("XREVRANGE", "9-0");
  await answer("XRANGE", "9-0");
  await answer("XRANGE", "1-0");
  expect(onGap).toHaveBeenCalledOnce();
  expect(place()).toBe("0-0");
  await answer("XREAD", "1-0", "4-0", "9-0");
  expect(read()).toEqual([
    ["1-0", "again"],
    ["4-0", "again"],
    ["9-0", "new"],
  ]);
});

test("replaces a connection that is silent for too long", async () => {
  const { links, clock, answer, read } = await start();
  clock.advance(6_000);
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  clock.advance(100);
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  expect(links).toHaveLength(2);
  await answer("XREVRANGE", "5-0");
  await answer("XRANGE", "5-0");
  await answer("XREAD", "6-0");
  expect(read()).toEqual([["6-0", "new"]]);
});

test("reads no more once it is closed", async () => {
  const { links, clock, reader } = await start();
  reader.close();
  await breakOff(links, clock);
  expect(links).toHaveLength(1);
  expect(links[0]?.commands.at(-1)?.args[0]).toBe("XREAD");
});

test("reads at once what comes now and then, and together what comes in close succession", async () => {
  const { links, clock, answer, place } = await start();
  const reads = (): number => links[0]?.commands.filter(({ args: [name] }) => name === "XREAD").length ?? 0;
  await answer("XREAD", "6-0");
  expect(reads()).toBe(2);
  clock.advance(1);
  await answer("XREAD", "7-0");
  expect(reads()).toBe(3);
  await answer("XREAD", "8-0");
  expect(reads()).toBe(3); // others may be about to come
  clock.advance(1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(reads()).toBe(4);
  expect(place()).toBe("8-0");
  await answer("XREAD", ...Array.from({ length: 10 }, (_, index) => `9-${index}`));
  expect(reads()).toBe(5); // as many as are read at once: there may be more
});

test("a client that does not get connected again is replaced", async () => {
  const { links, clock, answer } = await start();
  const step = async (): Promise<void> => {
    clock.advance(100);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  links[0]?.down();
  for (let steps = 0; steps < 50; steps++) await step();
  expect(links.length).toBe(1);
  for (let steps = 0; steps < 5; steps++) await step();
  expect(links.length).toBe(2);
  await answer("XREVRANGE", "5-0");
});

test("notices that the connection breaks while it waits for others to come", async () => {
  const { links, clock, answer } = await start();
  await answer("XREAD", "6-0");
  await answer("XREAD", "7-0");
  await breakOff(links, clock);
  await answer("XREVRANGE", "7-0");
});

test.each([
  ["of another command", "OK"],
  ["of a command that asks for one end of the stream", [["6-0", ["uid", "x"]]]],
  ["of a command before", [["s", [["5-0", ["uid", "x"]]]]]],
])("replaces a client that gives it the answer %s", async (_, reply) => {
  const { links, clock, read, answer } = await start();
  await links[0]?.commands.at(-1)?.answer(reply);
  expect(links).toHaveLength(2);
  clock.advance(100);
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  await answer("XREVRANGE", "6-0");
  await answer("XRANGE", "5-0");
  await answer("XREAD", "6-0");
  expect(read()).toEqual([["6-0", "new"]]);
});

test("replaces a client that gives it what was read for an end of the stream", async () => {
  const { links, clock, onGap, answer, place } = await start();
  await breakOff(links, clock);
  await links[0]?.commands.at(-1)?.answer([["s", [["6-0", ["uid", "x"]]]]]);
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  expect(links).toHaveLength(2);
  clock.advance(100);
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  await answer("XREVRANGE", "5-0");
  await answer("XRANGE", "5-0");
  expect(place()).toBe("5-0");
  expect(onGap).not.toHaveBeenCalled();
});
