import type { AdapterFactory } from "@halyard/contracts";
import type { RedisClient } from "../connection/redis-client.ts";
import { Hub } from "./hub.ts";
import { resolveOptions, type RedisAdapterOptions } from "./options.ts";
import { PubSubAdapter } from "./pub-sub-adapter.ts";

/**
 * Makes the adapter of a cluster whose messages go through Redis's pub/sub, also together with servers that run
 * `@socket.io/redis-adapter` 8 and with its emitters. Messages to a node that is not connected to Redis are lost to it.
 *
 * Both clients stay the application's: connect them, and end them after `io.close()`. `subscriber` can be used for nothing
 * else, as Redis takes no other commands on it.
 * @throws `INVALID_OPTION` for other clients than those of `redis` 4 to 6 and `ioredis` 5 and 6, and for wrong options
 *
 * @example
 * const publisher = createClient({ url: "redis://localhost:6379" });
 * const subscriber = publisher.duplicate();
 * await Promise.all([publisher.connect(), subscriber.connect()]);
 *
 * const io = new Server(3000, { adapter: createAdapter(publisher, subscriber) });
 */
export function createAdapter(
  publisher: RedisClient,
  subscriber: RedisClient,
  options: RedisAdapterOptions = {},
): AdapterFactory {
  const resolved = resolveOptions(options);
  let hub: Hub | undefined = new Hub(publisher, subscriber, resolved);
  return (host) => {
    const used = (hub ??= new Hub(publisher, subscriber, resolved));
    return new PubSubAdapter(used, host, async () => {
      if (!used.isEmpty) return;
      if (hub === used) hub = undefined;
      await used.close();
    });
  };
}
