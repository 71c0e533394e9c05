import { FakeClock } from "@halyard/core/testing";
import { expect, test } from "vitest";
import { FakeLink } from "../connection/fake-link.fixture.ts";
import { Channels } from "./channels.ts";
import { Neighbours } from "./neighbours.ts";
import { RequestType } from "./wire.ts";

const ME = "hal-me";
const FOREIGN = "abc123";

function start(isUp = true) {
  const link = new FakeLink(isUp);
  const clock = new FakeClock();
  const channels = new Channels("key");
  const log: string[] = [];
  let reviews = 0;
  const neighbours = new Neighbours({
    uid: ME,
    link,
    channels,
    clock,
    patienceMs: 1_000,
    isCounted: () => true,
    handler: {
      onCome: (uid) => void log.push(`+${uid}`),
      onGone: (uid) => void log.push(`-${uid}`),
      onReviewed: () => void reviews++,
    },
  });
  /** What was said or asked since it was looked last. */
  let seen = 0;
  const asked = (): string[] => {
    const commands = link.commands.slice(seen).map(({ args }) => args.join(" "));
    seen = link.commands.length;
    return commands;
  };
  /** Answers the question that was asked last: which nodes there are. */
  const names = (...uids: readonly string[]): Promise<void> | undefined =>
    link.commands.at(-1)?.answer([ME, ...uids].map((uid) => Buffer.from(channels.responseTo("/", uid))));
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  return { link, clock, log, neighbours, asked, names, settled, reviews: () => reviews };
}

const hello = (uid: unknown) => ({ type: RequestType.HELLO, uid });
const goodbye = (uid: unknown) => ({ type: RequestType.GOODBYE, uid });

test("a node that comes says so, then looks up who is there", async () => {
  const { neighbours, asked, names, log } = start();
  neighbours.open("/");
  expect(neighbours.areAllOurs).toBe(false); // it is not known yet
  const joined = neighbours.join("/");
  expect(asked()).toEqual([
    `PUBLISH key-request#/# ${JSON.stringify({ uid: ME, type: 103 })}`,
    "PUBSUB CHANNELS key\\-response#/#*",
  ]);
  await names("hal-a", FOREIGN);
  await joined;
  expect([...neighbours.of("/")]).toEqual(["hal-a", FOREIGN]);
  expect(log).toEqual(["+hal-a", `+${FOREIGN}`]);
  expect(neighbours.areAllOurs).toBe(false);
});

test("nodes are known once they have said hello, until they say goodbye; nothing is asked for it", async () => {
  const { neighbours, asked, names, log } = start();
  neighbours.open("/");
  const joined = neighbours.join("/");
  await names();
  await joined;
  asked();
  expect(neighbours.areAllOurs).toBe(true);
  for (const request of [hello("hal-a"), hello("hal-a"), hello("hal-b"), goodbye("hal-a"), goodbye("hal-c")])
    expect(neighbours.onRequest("/", request)).toBe(true);
  expect([...neighbours.of("/")]).toEqual(["hal-b"]);
  expect(log).toEqual(["+hal-a", "+hal-b", "-hal-a"]);
  expect([neighbours.knows("hal-a"), neighbours.knows("hal-b")]).toEqual([false, true]);
  expect(asked()).toEqual([]);
});

test.each([
  hello(undefined),
  hello(5),
  hello(FOREIGN),
  hello(`hal-${"x".repeat(100)}`),
  { type: RequestType.JOIN, uid: "hal-a" },
  {},
])("is not taken for a hello: %j", async (request) => {
  const { neighbours, names } = start();
  neighbours.open("/");
  const joined = neighbours.join("/");
  await names();
  await joined;
  expect(neighbours.onRequest("/", request)).toBe(false);
  expect([...neighbours.of("/")]).toEqual([]);
});

test("who comes or goes while it is looked up is not forgotten by an answer from before", async () => {
  const { neighbours, names } = start();
  neighbours.open("/");
  const joined = neighbours.join("/");
  neighbours.onRequest("/", hello("hal-new"));
  neighbours.onRequest("/", goodbye("hal-gone"));
  await names("hal-gone", "hal-old");
  await joined;
  expect([...neighbours.of("/")]).toEqual(["hal-old", "hal-new"]);
});

test("a node is there as long as it has a namespace in common", async () => {
  const { neighbours, names, log, settled } = start();
  for (const namespace of ["/", "/b"]) {
    neighbours.open(namespace);
    void neighbours.join(namespace);
    await names();
    await settled();
    neighbours.onRequest(namespace, hello("hal-a"));
  }
  neighbours.onRequest("/b", goodbye("hal-a"));
  expect(log).toEqual(["+hal-a"]);
  neighbours.leave("/");
  expect(log).toEqual(["+hal-a", "-hal-a"]);
});

test("leaves with a goodbye, and says nothing while Redis is away", async () => {
  const { neighbours, asked, link } = start();
  neighbours.open("/");
  neighbours.open("/b");
  neighbours.leave("/");
  neighbours.leave("/");
  expect(asked()).toEqual([`PUBLISH key-request#/# ${JSON.stringify({ uid: ME, type: 104 })}`]);
  link.down();
  neighbours.leave("/b");
  neighbours.open("/");
  await neighbours.join("/");
  expect(asked()).toEqual([]);
});

test("says hello again in each namespace when it has been cut off", () => {
  const { neighbours, asked } = start();
  neighbours.open("/");
  neighbours.open("/b");
  neighbours.onBack();
  expect(asked().map((command) => command.split(" ")[1])).toEqual(["key-request#/#", "key-request#/b#"]);
});

test("counts the nodes now and then, and looks up who is there if they are not as many as are known", async () => {
  const { neighbours, names, clock, asked, link, settled, log, reviews } = start();
  neighbours.open("/");
  const joined = neighbours.join("/");
  await names("hal-a");
  await joined;
  asked();
  const count = async (nodes: number): Promise<void> => {
    clock.advance(5_000);
    expect(asked()).toEqual(["PUBSUB NUMSUB key-request#/#"]);
    await link.commands.at(-1)?.answer([Buffer.from("key-request#/#"), nodes]);
    await settled();
  };
  await count(2);
  expect(asked()).toEqual([]);
  await count(3);
  expect(asked()).toEqual(["PUBSUB CHANNELS key\\-response#/#*"]);
  const before = reviews();
  await names("hal-a", FOREIGN);
  await settled();
  expect(log).toEqual(["+hal-a", `+${FOREIGN}`]);
  expect(reviews()).toBeGreaterThan(before);
  await count(1);
  await names();
  await settled();
  expect(log.slice(2)).toEqual(["-hal-a", `-${FOREIGN}`]);
  neighbours.close();
  clock.advance(20_000);
  expect(asked().filter((command) => command.includes("NUMSUB"))).toEqual([]);
});

test("goes on counting when Redis does not answer, or is away", async () => {
  const { neighbours, clock, asked, link, settled } = start();
  neighbours.open("/");
  clock.advance(5_000);
  expect(asked()).toHaveLength(1);
  clock.advance(1_000); // patience
  await settled();
  clock.advance(5_000);
  expect(asked()).toHaveLength(1);
  await link.commands.at(-1)?.refuse(new Error("broken"));
  await settled();
  link.down();
  clock.advance(5_000);
  await settled();
  expect(asked()).toEqual([]);
  link.up();
  clock.advance(5_000);
  expect(asked()).toHaveLength(1);
});

test("costs no more however many namespaces there are", async () => {
  const { neighbours, clock, asked, link, settled } = start();
  link.reply = ([, what]) => (what === "CHANNELS" ? [] : undefined);
  for (let index = 0; index < 600; index++) neighbours.open(`/${index}`);
  const counted = new Set<string>();
  for (const size of [256, 256, 88, 256]) {
    clock.advance(5_000);
    const [, , ...channels] = asked()[0]?.split(" ") ?? [];
    expect(channels).toHaveLength(size);
    for (const channel of channels) counted.add(channel);
    await link.commands.at(-1)?.answer(channels.flatMap((channel) => [channel, 1]));
    for (let round = 0; round < 20; round++) await settled();
    expect(asked()).toHaveLength(16); // not known yet, so looked up, some of them
  }
  expect(counted.size).toBe(600);
});
