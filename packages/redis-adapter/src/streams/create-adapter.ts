import { createClusterAdapter, type ClusterAdapterFactory } from "@halyard/adapter";
import type { RedisClient } from "../connection/redis-client.ts";
import { StreamsBus } from "./streams-bus.ts";
import { resolveStreamsOptions, type StreamsAdapterOptions } from "./streams-options.ts";

/**
 * Makes the adapter of a cluster whose messages go through streams of Redis: a node whose connection breaks reads on where it was.
 * Servers that run `@socket.io/redis-streams-adapter` 0.3 can take part.
 *
 * Each server needs a factory of its own. The client stays the application's: connect it, and end it after `io.close()`. Others
 * with the same settings are made from it to read with, and ended.
 * @throws `INVALID_OPTION` for other clients than those of `redis` 4 to 6 and `ioredis` 5 and 6, and for wrong options
 *
 * @example
 * const client = createClient({ url: "redis://localhost:6379" });
 * await client.connect();
 *
 * const io = new Server(3000, { adapter: createAdapter(client) });
 */
export function createAdapter(client: RedisClient, options: StreamsAdapterOptions = {}): ClusterAdapterFactory {
  return createClusterAdapter(new StreamsBus(client, resolveStreamsOptions(options)), options);
}
