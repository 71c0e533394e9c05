import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { redis6, type AnyClient } from "./clients.ts";
import { eventually } from "./eventually.ts";
import { RedisServer } from "./redis-server.ts";

const SLOTS = 16_384;

/** A Redis Cluster of three masters of the test's own. */
export class RedisCluster {
  readonly servers: readonly RedisServer[];
  readonly #folder: string;

  private constructor(servers: readonly RedisServer[], folder: string) {
    this.servers = servers;
    this.#folder = folder;
  }

  static async start(): Promise<RedisCluster> {
    const folder = await mkdtemp(join(tmpdir(), "redis-cluster-"));
    const servers = await Promise.all(
      [0, 1, 2].map((index) =>
        RedisServer.start(
          "--cluster-enabled",
          "yes",
          "--cluster-config-file",
          join(folder, `nodes-${index}.conf`),
          "--dir",
          folder,
        ),
      ),
    );
    const cluster = new RedisCluster(servers, folder);
    await cluster.#form();
    return cluster;
  }

  /** Any of the ports leads clients to all. */
  get port(): number {
    return this.servers[0]?.port ?? 0;
  }

  async kill(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill()));
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
