import type { Socket as ClientSocket } from "socket.io-client";
import { describe, expect, test } from "vitest";
import { oldPairs } from "./ends.ts";
import { once, record } from "./events.ts";
import { connected, matrix, startRig, upgraded } from "./rig.ts";

/** A refusal reaches a 2.x client as an `error` event with bare data, or the message. */
async function refusal(client: ClientSocket): Promise<unknown> {
  const [reason] = await once(client, "error", { unless: ["connect"] });
  return reason;
}

describe("the 2.x client", () => {
  matrix(
    ({ start }) => {
      test("connects without a CONNECT of its own", async () => {
        const rig = await start();
        const { client, socket } = await rig.link("/", { query: { colour: "blue" } });
        expect(client.id).toBe(socket.id);
        expect(socket.conn.protocol).toBe(3);
        expect(socket.handshake.query).toMatchObject({ EIO: "3", colour: "blue" });
        expect(socket.id).toBe((socket.conn as unknown as { id: string }).id);
      });

      test("hears of refusals in its own way", async () => {
        const rig = await start();
        rig.io.use((socket, next) => {
          if (socket.handshake.query["say"] === "data") next(Object.assign(new Error("no"), { data: { code: 7 } }));
          else next(new Error("just no"));
        });
        expect(await refusal(rig.client("/", { query: { say: "data" } }))).toEqual({ code: 7 });
        expect(await refusal(rig.client("/", { query: { say: "message" } }))).toBe("just no");
        expect(rig.io.of("/").sockets.size).toBe(0);
      });

      test("joins namespaces, with a query of their own", async () => {
        const rig = await start();
        rig.io.of("/news");
        const manager = rig.manager();
        const root = manager.socket("/");
        const news = manager.socket("/news", { query: { topic: "a b" } } as never);
        await Promise.all([connected(root), connected(news)]);
        const peer = rig.peer(news, "/news");
        expect(peer.id).toBe(news.id);
        expect(peer.id).toBe(`/news#${root.id}`);
        // What a 2.x client says of one namespace arrives where current clients put it.
        expect(peer.handshake.auth["topic"]).toBe("a b");
        expect(rig.io.engine.clientsCount).toBe(1);
        const heard = once(news, "headline");
        const elsewhere = record(root, "headline");
        rig.io.of("/news").emit("headline", { n: 1 }, Buffer.from([1]));
        expect(await heard).toEqual([{ n: 1 }, Buffer.from([1])]);
        expect(elsewhere).toEqual([]);
        const left = once(peer, "disconnect");
        news.disconnect();
        expect((await left)[0]).toBe("client namespace disconnect");
        expect(root.connected).toBe(true);
        expect(await refusal(rig.manager().socket("/nobody"))).toEqual({ message: "Invalid namespace" });
      });

      test("pings, and is answered, across an upgrade", async () => {
        const rig = await start({ pingInterval: 30, pingTimeout: 5_000 });
        const { client } = await rig.link();
        const pongs = record(client, "pong");
        await once(client, "pong");
        if (rig.channel.name === "upgrade") await upgraded(client);
        const before = pongs.length;
        await once(client, "pong");
        await once(client, "pong");
        expect(pongs.length).toBeGreaterThanOrEqual(before + 2);
        expect(client.connected).toBe(true);
      });

      test("broadcasts reach it beside a current client", async () => {
        const rig = await start();
        const old = await rig.link();
        const { pair, channel } = rig;
        const current = (await import("socket.io-client")).io(rig.url, { forceNew: true, ...channel.options });
        await connected(current);
        const heard = [once(old.client, "all"), once(current, "all")];
        rig.io.emit("all", "é🚀", { bytes: Buffer.from([0, 255]) }, [1]);
        for (const args of await Promise.all(heard)) {
          expect(args).toEqual(["é🚀", { bytes: Buffer.from([0, 255]) }, [1]]);
        }
        current.close();
        expect(pair.client.generation).toBe(2);
      });
    },
    { pairs: oldPairs },
  );

  for (const pair of oldPairs) {
    test(`is refused by ${pair.server.name} without allowEIO3`, async () => {
      const rig = await startRig(pair, { name: "polling", options: { transports: ["polling"] } }, { allowEIO3: false });
      const answer = await fetch(`${rig.url}/socket.io/?EIO=3&transport=polling`);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toEqual({ code: 5, message: "Unsupported protocol version" });
      const client = rig.client();
      await once(client, "connect_error");
    });
  }
});
