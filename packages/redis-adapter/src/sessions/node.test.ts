import { FakeClock } from "@halyard/core/testing";
import { pack, unpack } from "@halyard/msgpack-parser";
import { expect, test, vi } from "vitest";
import { FakeLink } from "../connection/fake-link.fixture.ts";
import { SharingNode } from "./node.ts";

/** A node whose Redis is the test. */
async function start() {
  const link = new FakeLink();
  const subscriber = new FakeLink();
  vi.spyOn(link, "duplicate").mockReturnValue(subscriber);
  const release = vi.fn(() => Promise.resolve());
  const clock = new FakeClock();
  const node = new SharingNode(link, clock, "test", release);
  const inbox = `test:inbox:${node.id}`;
  await vi.waitFor(() => expect(subscriber.subscriptions.has(`channel ${inbox}`)).toBe(true));
  const listener = subscriber.subscriptions.get(`channel ${inbox}`);
  const hear = (...message: readonly string[]): void => listener?.(Buffer.from(pack(message)), inbox);
  const said = () =>
    link.commands
      .filter(({ args }) => args[0] === "PUBLISH")
      .map(({ args: [, channel, payload] }) => [channel, payload instanceof Uint8Array && unpack(payload, 1)]);
  return { link, clock, node, release, hear, said };
}

test("does not wait for ever for a Redis server that stands still, and does not ask one that is away", async () => {
  const { link, clock, node } = await start();
  const asked = node.askForRelease("other", "/", "pid");
  const failed = expect(asked).rejects.toHaveProperty("code", "STORAGE_TIMEOUT");
  for (let second = 0; second < 10; second++) {
    clock.advance(1_000);
    await new Promise(setImmediate);
  }
  await failed;
  const { length } = link.commands;
  link.down();
  await expect(node.askForRelease("other", "/", "pid")).rejects.toHaveProperty("code", "STORAGE_DOWN");
  expect(link.commands).toHaveLength(length);
  node.close();
  clock.advance(10_000);
  expect(clock.pendingCount).toBe(0);
});

test("lets go of what it is asked for, and says so then", async () => {
  const { release, hear, said } = await start();
  hear("release", "other 1", "/", "pid");
  expect(release).toHaveBeenCalledExactlyOnceWith("/", "pid");
  await vi.waitFor(() => expect(said()).toEqual([["test:inbox:other", ["released", "other 1"]]]));
});

test("says nothing if it could not", async () => {
  const { release, hear, said } = await start();
  release.mockRejectedValue(new Error("LOADING"));
  hear("release", "other 1", "/", "pid");
  hear("what", "other 2");
  await new Promise(setImmediate);
  expect(said()).toEqual([]);
});

test("answers while it is being closed, so that nobody waits for its silence", async () => {
  const { link, node, hear, said } = await start();
  node.close();
  hear("release", "other 1", "/", "pid");
  await vi.waitFor(() => expect(said()).toHaveLength(1));
  link.down();
  hear("release", "other 2", "/", "pid");
  await new Promise(setImmediate);
  expect(said()).toHaveLength(1);
});
