import type { Socket as NetSocket } from "node:net";
import { describe, expect, test } from "vitest";
import { allPairs, oldPairs } from "./ends.ts";
import { eventually, once, record } from "./events.ts";
import { matrix, upgraded, type Cell, type Link, type Rig } from "./rig.ts";

interface Ending {
  readonly name: string;
  readonly end: (link: Link, rig: Rig) => unknown;
  /** Reasons, by channel where they differ. */
  readonly server: string | readonly string[];
  readonly client: string | readonly string[];
  /** Whether the whole connection ends with it. */
  readonly closes: boolean;
}

const endings: readonly Ending[] = [
  {
    name: "client.disconnect()",
    end: ({ client }) => client.disconnect(),
    server: "client namespace disconnect",
    client: "io client disconnect",
    closes: true,
  },
  {
    name: "socket.disconnect()",
    end: ({ socket }) => socket.disconnect(),
    server: "server namespace disconnect",
    client: "io server disconnect",
    closes: false,
  },
  {
    name: "socket.disconnect(true)",
    end: ({ socket }) => socket.disconnect(true),
    server: "server namespace disconnect",
    client: "io server disconnect",
    closes: true,
  },
  {
    name: "io.disconnectSockets()",
    end: (_link, { io }) => io.disconnectSockets(),
    server: "server namespace disconnect",
    client: "io server disconnect",
    closes: false,
  },
  {
    name: "io.close()",
    end: (_link, { stop }) => stop(),
    server: "server shutting down",
    // A poll that was under way to the server is refused.
    client: ["transport close", "transport error"],
    closes: true,
  },
  {
    name: "the server closes the connection below",
    end: ({ socket }) => socket.conn.close(),
    server: "forced close",
    client: "transport close",
    closes: true,
  },
  {
    name: "the client closes the connection below",
    end: ({ client }) => client.io.engine.close(),
    server: "transport close",
    client: "forced close",
    closes: true,
  },
];

describe("disconnection", () => {
  matrix(
    (cell) => {
      for (const ending of endings) {
        test(ending.name, async () => {
          const rig = await cell.start();
          const link = await rig.link();
          await settled(cell, link);
          await expectEnding(rig, link, ending);
        });
      }

      test("the network breaks", async () => {
        const rig = await cell.start();
        const connections = new Set<NetSocket>();
        rig.http.on("connection", (connection) => connections.add(connection));
        const link = await rig.link();
        await settled(cell, link);
        // Long-polling notices only while a poll is waiting.
        await eventually(() => link.socket.conn.transport.writable, "the connection is idle");
        await expectEnding(rig, link, {
          name: "",
          end: () => {
            for (const connection of connections) connection.destroy();
          },
          server: ["transport close", "transport error"],
          client: ["transport close", "transport error"],
          closes: true,
        });
      });

      test("an emit before the end arrives, from either side", async () => {
        const rig = await cell.start();
        const first = await rig.link();
        await settled(cell, first);
        const left = once(first.socket, "disconnect");
        const heard = record(first.socket, "last words");
        first.client.emit("last words", 1, Buffer.from([1]));
        first.client.disconnect();
        await left;
        // The incumbent's server loses an event that is followed at once by the end.
        if (cell.pair.server.ours) expect(heard).toEqual([[1, Buffer.from([1])]]);
        const second = await rig.link();
        await settled(cell, second);
        const down = once(second.client, "last words");
        second.socket.emit("last words", 2, Buffer.from([2]));
        second.socket.disconnect(true);
        expect(await down).toEqual([2, Buffer.from([2])]);
      });

      test("rooms are left and flags fall, and a client may come back by itself", async () => {
        const rig = await cell.start();
        const link = await rig.link();
        const { client, socket } = link;
        await socket.join("r");
        const gone = once(client, "disconnect");
        socket.disconnect();
        await gone;
        expect(client.connected).toBe(false);
        expect(client.id).toBeUndefined();
        expect([socket.connected, socket.disconnected, socket.rooms.size]).toEqual([false, true, 0]);
        const back = once(client, "connect");
        client.connect();
        await back;
        expect(client.connected).toBe(true);
        await eventually(() => rig.io.engine.clientsCount === 1, "one connection is left");
      });
    },
    { pairs: [...allPairs, ...oldPairs] },
  );
});

async function expectEnding(rig: Rig, link: Link, { end, server, client, closes }: Ending): Promise<void> {
  const { io } = rig;
  const atServer = once(link.socket, "disconnect");
  const atClient = once(link.client, "disconnect");
  const closed = once(link.socket.conn, "close");
  const ending = end(link, rig);
  const [serverReason] = await atServer;
  const [clientReason] = await atClient;
  expect([server].flat()).toContain(serverReason);
  expect([client].flat()).toContain(clientReason);
  expect(io.of("/").sockets.size).toBe(0);
  if (closes) {
    await closed;
    await eventually(() => io.engine.clientsCount === 0, "the server forgets the connection");
  } else {
    closed.catch(() => {});
    expect(io.engine.clientsCount).toBe(1);
  }
  await ending;
}

async function settled({ channel }: Cell, { client }: Link): Promise<void> {
  if (channel.name === "upgrade") await upgraded(client);
}
