import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { redis6, type AnyClient } from "./clients.ts";
import { eventually } from "./eventually.ts";
import { REPLICATING, RedisServer } from "./redis-server.ts";

const SLOTS = 16_384;

/** A replica gives up a takeover after five seconds; it is told again after so many looks at it. */
const LOOKS_BEFORE_ANOTHER = 600;

/** Options of a server of a cluster. */
const optionsOf = (folder: string, name: string): string[] => [
  "--cluster-enabled",
  "yes",
  "--cluster-config-file",
  join(folder, `${name}.conf`),
  "--dir",
  folder,
  ...REPLICATING,
];

/** A Redis Cluster of three masters of the test's own. */
export class RedisCluster {
  readonly servers: readonly RedisServer[];
  readonly #folder: string;
  #replica: RedisServer | undefined;

  private constructor(servers: readonly RedisServer[], folder: string) {
    this.servers = servers;
    this.#folder = folder;
  }

  static async start(): Promise<RedisCluster> {
    const folder = await mkdtemp(join(tmpdir(), "redis-cluster-"));
    const servers = await Promise.all(
      [0, 1, 2].map((index) => RedisServer.start(...optionsOf(folder, `master-${index}`))),
    );
    const cluster = new RedisCluster(servers, folder);
    await cluster.#form();
    return cluster;
  }

  /** Any of the ports leads clients to all. */
  get port(): number {
    return this.servers[0]?.port ?? 0;
  }

  /** Gives the first master a replica. */
  async addReplica(): Promise<void> {
    const replica = await RedisServer.start(...optionsOf(this.#folder, "replica"));
    this.#replica = replica;
    await withClients([this.port, replica.port], async (ofMaster, ofReplica) => {
      const id = String(await redis6.command(ofMaster, "CLUSTER", "MYID"));
      await redis6.command(ofReplica, "CLUSTER", "MEET", "127.0.0.1", String(this.port));
      await eventually("the replica knows its master", async () =>
        String(await redis6.command(ofReplica, "CLUSTER", "NODES")).includes(id),
      );
      await redis6.command(ofReplica, "CLUSTER", "REPLICATE", id);
    });
    await withClients(
      this.servers.map(({ port }) => port),
      async (...masters) => {
        const knows = async (client: AnyClient): Promise<boolean> =>
          / slave /.test(String(await redis6.command(client, "CLUSTER", "NODES")));
        // all of them, since they vote for it
        await eventually("all know the replica", async () => (await Promise.all(masters.map(knows))).every(Boolean));
      },
    );
  }

  /** Has the first master and its replica change places, and does something again and again meanwhile. */
  async failOver(meanwhile: () => void): Promise<void> {
    const ports = [this.port, this.#replica?.port ?? 0];
    await withClients(ports, async (...both) => {
      const infoOf = async (client: AnyClient): Promise<string> =>
        String(await redis6.command(client, "INFO", "replication"));
      const find = async (what: string): Promise<AnyClient> => {
        const infos = await Promise.all(both.map(infoOf));
        return both.find((_, index) => infos[index]?.includes(what));
      };
      let replica: AnyClient;
      await eventually("there is a replica", async () => {
        replica = await find("master_link_status:up");
        return replica !== undefined;
      });
      let looks = 0;
      await eventually("it is the master", async () => {
        if (looks++ % LOOKS_BEFORE_ANOTHER === 0) await redis6.command(replica, "CLUSTER", "FAILOVER");
        meanwhile();
        return (await infoOf(replica)).includes("role:master");
      });
    });
  }

  async kill(): Promise<void> {
    const replicas = this.#replica === undefined ? [] : [this.#replica];
    await Promise.all([...this.servers, ...replicas].map((server) => server.kill()));
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #form(): Promise<void> {
    const clients: AnyClient[] = this.servers.map(({ port }) => redis6.create(port));
    const size = Math.ceil(SLOTS / clients.length);
    for (const [index, client] of clients.entries()) {
      const last = Math.min((index + 1) * size, SLOTS) - 1;
      await redis6.command(client, "CLUSTER", "ADDSLOTSRANGE", String(index * size), String(last));
    }
    for (const { port } of this.servers.slice(1))
      await redis6.command(clients[0], "CLUSTER", "MEET", "127.0.0.1", String(port));
    await eventually("the cluster is formed", async () => {
      const infos = await Promise.all(clients.map((client) => redis6.command(client, "CLUSTER", "INFO")));
      return infos.every(
        (info) => String(info).includes("cluster_state:ok") && String(info).includes("cluster_known_nodes:3"),
      );
    });
    await Promise.all(clients.map((client) => redis6.end(client)));
  }
}

async function withClients(ports: readonly number[], use: (...clients: AnyClient[]) => Promise<void>): Promise<void> {
  const clients = ports.map((port) => redis6.create(port));
  try {
    await Promise.all(clients.map((client) => eventually("it answers", () => client.isReady)));
    await use(...clients);
  } finally {
    await Promise.all(clients.map((client) => redis6.end(client)));
  }
}
