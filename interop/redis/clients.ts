import { Cluster as IoRedisCluster, Redis as IoRedis } from "ioredis";
import { Redis as IoRedis5 } from "ioredis-5";
import { createClient as createClient6, createCluster } from "redis";
import { createClient as createClient4 } from "redis-4";
import { createClient as createClient5 } from "redis-5";

/** What the adapters of both sides take. */
export type AnyClient = any;

/** One of the packages that speak to Redis. */
export interface ClientKind {
  readonly name: string;
  /** Makes a client that connects by itself, and keeps trying; it does not wait for the server. */
  create(port: number): AnyClient;
  /** Sends a command, name first. */
  command(client: AnyClient, ...args: string[]): Promise<unknown>;
  end(client: AnyClient): Promise<void>;
  /** Ends a client in the middle of whatever it does. */
  kill(client: AnyClient): Promise<void>;
}

/** How soon clients try again; half a second at most, so that they are back soon after the server. */
const retry = (attempt: number): number => Math.min(attempt * 20, 200);

type CreateNodeRedis = (options: object) => AnyClient;

function nodeRedis(name: string, create: CreateNodeRedis): ClientKind {
  return {
    name,
    create(port) {
      const client = create({ socket: { host: "127.0.0.1", port, reconnectStrategy: retry } });
      client.on("error", () => {});
      client.connect().catch(() => {}); // it was ended meanwhile
      return client;
    },
    command: (client, ...args) => client.sendCommand(args),
    async kill(client) {
      if (client.isOpen) await (client.destroy ?? client.disconnect).call(client);
    },
    async end(client) {
      if (!client.isOpen) return;
      if (client.isReady) await (client.close ?? client.quit).call(client); // after what is under way
      else await (client.destroy ?? client.disconnect).call(client);
    },
  };
}

const kill = (client: AnyClient): Promise<void> => {
  client.disconnect();
  return Promise.resolve();
};

function ioRedis(name: string, Redis: typeof IoRedis, options: object = {}): ClientKind {
  return {
    name,
    create(port) {
      const common = { host: "127.0.0.1", port, retryStrategy: retry, maxRetriesPerRequest: null };
      const client = new Redis({ ...common, ...options });
      client.on("error", () => {});
      return client;
    },
    command: (client, command = "", ...args) => client.call(command, ...args),
    end: kill,
    kill,
  };
}

export const redis6: ClientKind = nodeRedis("redis 6", createClient6 as CreateNodeRedis);
export const redis5: ClientKind = nodeRedis("redis 5", createClient5 as CreateNodeRedis);
export const redis4: ClientKind = nodeRedis("redis 4", createClient4 as CreateNodeRedis);
export const ioRedis6: ClientKind = ioRedis("ioredis 6", IoRedis);
export const ioRedis5: ClientKind = ioRedis("ioredis 5", IoRedis5 as unknown as typeof IoRedis);
/** Forgets what it has no answer to when its connection breaks, and never settles it. */
export const forgetfulIoRedis6: ClientKind = ioRedis("ioredis 6 that sends nothing again", IoRedis, {
  autoResendUnfulfilledCommands: false,
});

/** A client of a whole Redis Cluster, of which it needs to know one port. */
export const redisCluster: ClientKind = {
  ...redis6,
  name: "redis 6, cluster",
  create(port) {
    const client = createCluster({ rootNodes: [{ socket: { host: "127.0.0.1", port, reconnectStrategy: retry } }] });
    client.on("error", () => {});
    client.connect().catch(() => {}); // it was ended meanwhile
    return client;
  },
};

/** A client of a whole Redis Cluster, of which it needs to know one port. */
export const ioRedisCluster: ClientKind = {
  ...ioRedis6,
  name: "ioredis 6, cluster",
  create(port) {
    const client = new IoRedisCluster([{ host: "127.0.0.1", port }], {
      shardedSubscribers: true,
      redisOptions: { maxRetriesPerRequest: null },
    });
    client.on("error", () => {});
    return client;
  },
};
