import type { Server } from "socket.io";
import { describe, expect, test } from "vitest";
import { balancing } from "./balancer.ts";
import { serverEnds } from "./ends.ts";
import { eventually, once, record } from "./events.ts";
import { rawWebSocket } from "./raw.ts";
import { connected } from "./rig.ts";
import { serveEnd, stockClient, stockLink } from "./stock.ts";

const ours = serverEnds.filter((end) => end.ours);

/** The method that the incumbent does not have. */
function drain(io: Server, duration: number): Promise<void> {
  return (io as unknown as { drain(options: { duration: number }): Promise<void> }).drain({ duration });
}

describe("what makes stock clients come back by themselves", () => {
  for (const end of serverEnds)
    test(`a connection that ends, but not a DISCONNECT (${end.name})`, async () => {
      const server = await serveEnd(end);
      const { peer, socket } = await stockLink(server, "/", { reconnection: true, reconnectionDelay: 1 });
      const lost = once(peer, "disconnect");
      const back = once(peer, "connect");
      socket.conn.close();
      expect((await lost)[0]).toBe("transport close");
      await back;
      const dismissed = once(peer, "disconnect");
      server.io.disconnectSockets(true);
      expect((await dismissed)[0]).toBe("io server disconnect");
      expect(peer.active).toBe(false);
    });
});

for (const end of ours) {
  describe("a server that is drained", () => {
    for (const transports of [["websocket"], ["polling"], ["polling", "websocket"]])
      test(`200 stock clients over ${transports.join(" and ")} move to the other server, none is left behind`, async () => {
        const patient = { closeTimeout: 60_000 } as object; // on a slow machine clients are slow to come for the last packet
        const [first, second] = [await serveEnd(end, patient), await serveEnd(end)];
        for (const { io } of [first, second])
          io.on("connection", (socket) => socket.on("echo", (x, reply) => reply(x)));
        const ports = [first.port];
        const port = await balancing(ports);
        const clients = Array.from({ length: 200 }, () =>
          stockClient(port, "/", {
            transports,
            reconnection: true,
            reconnectionDelay: 10,
            reconnectionDelayMax: 100,
          }),
        );
        await Promise.all(clients.map((client) => connected(client)));
        expect(first.io.of("/").sockets.size).toBe(200);
        const departures = clients.map((client) => record(client, "disconnect"));

        ports.push(second.port); // every other connection leads to the server that refuses
        const started = performance.now();
        await drain(first.io, 1_000);
        expect(performance.now() - started).toBeGreaterThan(900);
        expect([first.io.engine.clientsCount, first.http.listening]).toEqual([0, false]);

        await eventually(() => second.io.of("/").sockets.size === 200, "all clients are at the other server");
        await eventually(() => clients.every((client) => client.connected), "and know it");
        expect(new Set(departures.flat().map(([reason]) => reason))).toEqual(new Set(["transport close"]));
        expect(departures.every((each) => each.length === 1)).toBe(true);
        const answers = await Promise.all(
          clients.map((client, index) => client.timeout(10_000).emitWithAck("echo", index)),
        );
        expect(answers).toEqual(clients.map((_, index) => index));
      });

    test("answers that are under way arrive first, with what was sent before them", async () => {
      const server = await serveEnd(end);
      let finish: () => void = () => {};
      server.io.on("connection", (socket) =>
        socket.on("work", (reply) => {
          finish = () => {
            socket.emit("progress", "done");
            reply("result");
          };
        }),
      );
      const working = await stockLink(server);
      const idle = await stockLink(server);
      const gone = once(idle.peer, "disconnect");
      const progress = once(working.peer, "progress");
      const heard = once(working.socket, "work");
      const result = working.peer.timeout(10_000).emitWithAck("work");
      await heard;
      const drained = drain(server.io, 2_000);
      await gone;
      finish();
      expect([await result, await progress]).toEqual(["result", ["done"]]);
      await drained;
    });

    test("refuses new sessions on either transport, with what lets a client go elsewhere", async () => {
      const server = await serveEnd(end);
      const { peer } = await stockLink(server);
      await stockLink(server); // and another, so that the first goes later
      void drain(server.io, 60_000);
      const url = `http://127.0.0.1:${server.port}/socket.io/?EIO=4&transport=polling`;
      const refused = await fetch(url);
      expect([refused.status, refused.headers.get("connection")]).toEqual([503, "close"]);
      await expect(rawWebSocket(server.port)).rejects.toThrow();
      await server.io.close();
      expect(peer.connected).toBe(false);
    });
  });
}
