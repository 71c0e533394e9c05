import { busCases, type BusHarness } from "@halyard/conformance";
import type { Bus } from "@halyard/contracts";
import { afterAll, beforeAll, describe, test } from "vitest";
import { ShardedBus } from "../packages/redis-adapter/src/sharded/sharded-bus.ts";
import { resolveShardedOptions } from "../packages/redis-adapter/src/sharded/sharded-options.ts";
import { StreamsBus } from "../packages/redis-adapter/src/streams/streams-bus.ts";
import { resolveStreamsOptions } from "../packages/redis-adapter/src/streams/streams-options.ts";
import { ioRedis6, redis6, type AnyClient, type ClientKind } from "./redis/clients.ts";
import { FaultProxy } from "./redis/fault-proxy.ts";
import { RedisServer } from "./redis/redis-server.ts";

/** The buses below the adapters, which the package does not export. Pub/sub has none. */
let redis: RedisServer;
beforeAll(async () => void (redis = await RedisServer.start()));
afterAll(() => redis.kill());

/** The most nodes that a case has. */
const MAX_NODES = 3;

interface Subject {
  create(publisher: AnyClient, subscriber: AnyClient, name: string, batches: boolean): Bus;
  /** A command that brings nodes what is no message. */
  nonsense(name: string): string[];
}

const sharded = (subscriptionMode: "dynamic" | "static"): Subject => ({
  create: (publisher, subscriber, channelPrefix, batches) =>
    new ShardedBus(publisher, subscriber, resolveShardedOptions({ channelPrefix, subscriptionMode, batches })),
  nonsense: (name) => ["SPUBLISH", `${name}#/#`, "nonsense"],
});

const streams = (options: { streamCount?: number; useShardedPubSub?: boolean }): Subject => ({
  create: (client, _unused, name, batches) =>
    new StreamsBus(client, resolveStreamsOptions({ streamName: name, channelPrefix: name, batches, ...options })),
  nonsense: (name) => [options.useShardedPubSub === true ? "SPUBLISH" : "PUBLISH", `${name}#/#`, "nonsense"],
});

let cases = 0;

function harness(subject: Subject, kind: ClientKind, batches: boolean): BusHarness {
  let clients: AnyClient[] = [];
  /** Waits until Redis has done what was asked of it over each connection. */
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 3; round++) {
      await new Promise((resolve) => setTimeout(resolve, 10)); // batches, and what one answer brings about
      await Promise.all(clients.map((client) => client.ping().catch(() => {}))); // some are ended by their bus
    }
  };
  return {
    timeoutMs: 60_000,
    settle,
    async prepare() {
      const name = `bus-${cases++}`;
      const free = await Promise.all(Array.from({ length: MAX_NODES }, () => FaultProxy.start(redis.port)));
      const proxies = new Map<Bus, FaultProxy>();
      const own: AnyClient[] = [];
      clients = [];
      return {
        join() {
          const proxy = free.pop();
          if (proxy === undefined) throw new Error(`a case has more than ${MAX_NODES} nodes`);
          const pair = [kind.create(proxy.port), kind.create(proxy.port)];
          own.push(...pair);
          clients.push(...pair);
          let hasSubscriber = false;
          const duplicate = pair[0].duplicate.bind(pair[0]);
          pair[0].duplicate = () => {
            const made = duplicate();
            if (!hasSubscriber) clients.push(made); // the others are busy reading
            hasSubscriber = true;
            return made;
          };
          const bus = subject.create(pair[0], pair[1], name, batches);
          proxies.set(bus, proxy);
          return bus;
        },
        interrupt(bus) {
          proxies.get(bus)?.refuse();
          return () => proxies.get(bus)?.accept();
        },
        async violate() {
          const [client] = own;
          await kind.command(client, ...subject.nonsense(name));
        },
        async dispose() {
          await Promise.all(own.map((client) => kind.end(client)));
        },
      };
    },
  };
}

const variants: readonly (readonly [name: string, subject: Subject, kind: ClientKind, batches: boolean])[] = [
  ["sharded pub/sub", sharded("dynamic"), ioRedis6, false],
  ["sharded pub/sub without channels for rooms, with batches", sharded("static"), redis6, true],
  ["streams", streams({}), ioRedis6, false],
  [
    "several streams and sharded pub/sub, with batches",
    streams({ streamCount: 3, useShardedPubSub: true }),
    redis6,
    true,
  ],
];

describe.each(variants)("%s", (_name, subject, kind, batches) => {
  for (const { name, run } of busCases(harness(subject, kind, batches))) test(name, run);
});
