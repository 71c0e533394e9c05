import { FakeClock } from "@halyard/core/testing";
import { expect, test } from "vitest";
import { FakeLink } from "./fake-link.fixture.ts";
import { Subscriptions } from "./subscriptions.ts";

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

function start(isUp = true) {
  const link = new FakeLink(isUp);
  const clock = new FakeClock();
  return { link, clock, subscriptions: new Subscriptions(link, clock) };
}

test("asks once the server is there", async () => {
  const { link, subscriptions } = start(false);
  subscriptions.add("pattern", "a*", () => {});
  expect(link.log).toEqual([]);
  link.up();
  await subscriptions.active();
  expect(link.log).toEqual(["+pattern a*"]);
  expect(subscriptions.isActive("pattern", "a*")).toBe(true);
});

test("leaves what is active to the client after a reconnection", async () => {
  const { link, subscriptions } = start();
  subscriptions.add("channel", "a", () => {});
  await subscriptions.active();
  link.down();
  link.up();
  await settled();
  expect(link.log).toEqual(["+channel a"]);
});

test("asks again after a refusal", async () => {
  const { link, clock, subscriptions } = start();
  link.refusal = new Error("not now");
  subscriptions.add("shard", "a", () => {});
  await settled();
  link.refusal = undefined;
  clock.advance(500);
  await subscriptions.active();
  expect(link.log).toEqual(["+shard a", "+shard a"]);
});

test("takes back what was removed while it was asked for", async () => {
  const { link, subscriptions } = start();
  subscriptions.add("channel", "a", () => {});
  subscriptions.remove("channel", "a");
  await settled();
  expect([...link.subscriptions.keys()]).toEqual([]);
  expect(subscriptions.size).toBe(0);
});

test("keeps nothing of rooms that come and go", async () => {
  const { link, subscriptions } = start();
  for (let room = 0; room < 100_000; room++) {
    subscriptions.add("shard", `room ${room}`, () => {});
    subscriptions.remove("shard", `room ${room}`);
    if (room % 1_000 === 0) await settled();
    link.log.length = 0;
  }
  await settled();
  expect(subscriptions.size).toBe(0);
  expect(link.subscriptions.size).toBe(0);
});

test("renews everything", async () => {
  const { link, subscriptions } = start();
  subscriptions.add("channel", "a", () => {});
  await subscriptions.active();
  await subscriptions.renew();
  await subscriptions.active();
  expect(link.log).toEqual(["+channel a", "-channel a", "+channel a"]);
});

test("ends everything when it is closed", async () => {
  const { link, subscriptions } = start();
  subscriptions.add("channel", "a", () => {});
  await subscriptions.active();
  await subscriptions.close();
  await subscriptions.close();
  expect(link.subscriptions.size).toBe(0);
});
