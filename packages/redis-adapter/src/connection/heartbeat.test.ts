import type { BusStatus } from "@halyard/contracts";
import { FakeClock } from "@halyard/core/testing";
import { expect, test } from "vitest";
import { FakeLink } from "./fake-link.fixture.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Subscriptions } from "./subscriptions.ts";

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

function start() {
  const publisher = new FakeLink(false);
  const subscriber = new FakeLink(false);
  const clock = new FakeClock();
  const statuses: BusStatus["kind"][] = [];
  const subscriptions = new Subscriptions(subscriber, clock);
  const path = { publisher, subscriber, subscriptions, channel: "me", kind: "channel" as const };
  const heartbeat = new Heartbeat(path, clock, ({ kind }) => void statuses.push(kind));
  /** Answers the last message, and lets it arrive. */
  const arrive = async (): Promise<void> => {
    await publisher.commands.at(-1)?.answer(1);
    subscriber.subscriptions.get("channel me")?.(Buffer.alloc(0), "me");
    await settled();
  };
  const up = async (): Promise<void> => {
    publisher.up();
    subscriber.up();
    await settled();
  };
  return { publisher, subscriber, clock, statuses, heartbeat, arrive, up };
}

test("is up only when a message has come through", async () => {
  const { statuses, arrive, up, publisher, heartbeat } = start();
  await up();
  expect(publisher.commands).toHaveLength(1);
  expect(heartbeat.isUp).toBe(false);
  await arrive();
  expect(statuses).toEqual(["up"]);
});

test("says that messages may have been missed when it is up again", async () => {
  const { statuses, arrive, up, subscriber } = start();
  await up();
  await arrive();
  subscriber.down();
  expect(statuses).toEqual(["up", "down"]);
  await up();
  await arrive();
  expect(statuses).toEqual(["up", "down", "up", "gap"]);
});

test("notices a server that is silent, and gives it no pile of messages", async () => {
  const { statuses, arrive, up, clock, publisher } = start();
  await up();
  await arrive();
  clock.advance(3_000);
  await settled();
  expect(publisher.commands).toHaveLength(2);
  for (let second = 0; second < 60; second++) {
    clock.advance(1_000);
    await settled();
  }
  expect(statuses).toEqual(["up", "down"]);
  expect(publisher.commands).toHaveLength(2);
  await arrive();
  expect(statuses).toEqual(["up", "down", "up", "gap"]);
});

test("renews subscriptions when messages are taken but do not arrive", async () => {
  const { arrive, up, clock, publisher, subscriber, statuses } = start();
  await up();
  await arrive();
  subscriber.log.length = 0;
  for (let second = 0; second < 20; second++) {
    clock.advance(1_000);
    await settled();
    await publisher.commands.at(-1)?.answer(0);
  }
  expect(subscriber.log.slice(0, 2)).toEqual(["-channel me", "+channel me"]);
  await arrive();
  expect(statuses.slice(0, 4)).toEqual(["up", "down", "up", "gap"]);
});

test("is silent once it is closed", async () => {
  const { heartbeat, up, clock, publisher, statuses } = start();
  heartbeat.close();
  await up();
  clock.advance(60_000);
  await settled();
  expect(publisher.commands).toEqual([]);
  expect(statuses).toEqual([]);
});
