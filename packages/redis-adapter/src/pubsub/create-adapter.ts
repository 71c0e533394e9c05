import type { ClusterAdapterFactory } from "@halyard/adapter";
import type { AdapterFactory } from "@halyard/contracts";
import type { RedisClient } from "../connection/redis-client.ts";
import { Hub } from "./hub.ts";
import { resolveOptions, type RedisAdapterOptions } from "./options.ts";
import { PubSubAdapter } from "./pub-sub-adapter.ts";

/**
 * Makes the adapter of a cluster whose messages go through Redis's pub/sub, also together with servers that run
 * `@socket.io/redis-adapter` 8 and with its emitters. Messages to a node that is not connected to Redis are lost to it.
 *
 * Each server needs a factory of its own. Both clients stay the application's: connect them, and end them after `io.close()`. `subscriber` can be used for nothing
 * else, as Redis takes no other commands on it.
 * @throws `INVALID_OPTION` for other clients than those of `redis` 4 to 6 and `ioredis` 5 and 6, and for wrong options
 *
 * @example
 * const publisher = createClient({ url: "redis://localhost:6379" });
 * const subscriber = publisher.duplicate();
 * await Promise.all([publisher.connect(), subscriber.connect()]);
 *
 * const adapter = createAdapter(publisher, subscriber);
 * adapter.cluster.on("down", (cause) => console.warn("the other servers are out of reach", cause));
 * const io = new Server(3000, { adapter });
 */
export function createAdapter(
  publisher: RedisClient,
  subscriber: RedisClient,
  options: RedisAdapterOptions = {},
): ClusterAdapterFactory {
  const hub = new Hub(publisher, subscriber, resolveOptions(options));
  const factory: AdapterFactory = (host) => new PubSubAdapter(hub, host);
  return Object.assign(factory, { cluster: hub.cluster });
}
