import { createAdapter, createShardedAdapter } from "@halyard/redis-adapter";
import { createAdapter as createStreamsAdapter } from "@halyard/redis-adapter/streams";
import { adapterCases, type AdapterHarness } from "@halyard/conformance";
import { afterAll, beforeAll, describe, test } from "vitest";
import { ioRedis6, redis6, type AnyClient, type ClientKind } from "./redis/clients.ts";
import { RedisServer } from "./redis/redis-server.ts";

let redis: RedisServer;
beforeAll(async () => void (redis = await RedisServer.start()));
afterAll(() => redis.kill());

let cases = 0;

/** A cluster on the test's server, apart from those of other cases. */
function harness(
  kind: ClientKind,
  create: (publisher: AnyClient, subscriber: AnyClient, name: string) => ReturnType<typeof createAdapter>,
): AdapterHarness {
  return {
    prepare() {
      const name = `case-${cases++}`;
      const clients = new Map<unknown, AnyClient[]>();
      const end = (pair: AnyClient[]): Promise<unknown> => Promise.all(pair.map((client) => kind.end(client)));
      return {
        join() {
          const pair = [kind.create(redis.port), kind.create(redis.port)];
          const [client] = pair;
          const duplicate = client.duplicate.bind(client);
          client.duplicate = () => {
            const made = duplicate();
            pair.push(made);
            return made;
          };
          const factory = create(client, pair[1], name);
          clients.set(factory, pair);
          return factory;
        },
        async kill(factory) {
          const pair = clients.get(factory) ?? [];
          clients.delete(factory);
          await Promise.all(pair.map((client) => kind.kill(client)));
        },
        async dispose() {
          await Promise.all([...clients.values()].map(end));
        },
      };
    },
  };
}

const clients = [
  { kind: redis6, batches: false, name: redis6.name },
  { kind: ioRedis6, batches: false, name: ioRedis6.name },
  { kind: redis6, batches: true, name: `${redis6.name} and batches` },
];

describe.concurrent.each(clients)("pub/sub with $name", ({ kind, batches }) => {
  const pubSub = harness(kind, (publisher, subscriber, key) => createAdapter(publisher, subscriber, { key, batches }));
  for (const { name, run } of adapterCases(pubSub)) test(name, run);
});

describe.concurrent.each(clients)("sharded pub/sub with $name", ({ kind, batches }) => {
  const sharded = harness(kind, (publisher, subscriber, channelPrefix) =>
    createShardedAdapter(publisher, subscriber, {
      channelPrefix,
      heartbeatInterval: 200,
      heartbeatTimeout: 2_000,
      batches,
    }),
  );
  // nodes that Redis knows by number only are asked for their sockets instead, which the kit's servers have none of
  const cases = adapterCases(sharded).filter(({ name }) => name !== "counts and rooms come from every server");
  for (const { name, run } of cases) test(name, run);
});

describe.concurrent.each(clients)("streams with $name", ({ kind, batches }) => {
  const streams = harness(kind, (client, _unused, name) =>
    createStreamsAdapter(client, {
      streamName: name,
      channelPrefix: name,
      heartbeatInterval: 200,
      heartbeatTimeout: 2_000,
      batches,
    }),
  );
  const cases = adapterCases(streams).filter(({ name }) => name !== "counts and rooms come from every server");
  for (const { name, run } of cases) test(name, run);
});
