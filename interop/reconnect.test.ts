import type { Server } from "socket.io";
import { describe, expect, test } from "vitest";
import { allPairs, oldPairs } from "./ends.ts";
import { collect, once, record } from "./events.ts";
import { connected, matrix, upgraded } from "./rig.ts";

const eager = { reconnection: true, reconnectionDelay: 10, reconnectionDelayMax: 50, randomizationFactor: 0 };

describe("reconnection", () => {
  matrix(
    ({ start, channel }) => {
      test("after a restart on the same port, what was emitted meanwhile arrives once and in order", async () => {
        const heard: unknown[] = [];
        let all: () => void = () => {};
        const prepare = (io: Server): void => {
          io.on("connection", (socket) => {
            socket.on("n", (n, bytes) => {
              heard.push(n);
              expect(bytes).toEqual(Buffer.from([n]));
              if (n === 49) all();
            });
          });
        };
        const rig = await start({}, prepare);
        const { client } = await rig.link("/", eager);
        if (channel.name === "upgrade") await upgraded(client);
        const firstId = client.id;
        const gone = once(client, "disconnect");
        await rig.stop();
        expect(["transport close", "transport error"]).toContain((await gone)[0]);
        for (let n = 0; n < 50; n++) client.emit("n", n, Buffer.from([n]));
        const finished = new Promise<void>((resolve) => (all = resolve));
        const back = once(client, "connect");
        await rig.restart();
        await back;
        await finished;
        expect(heard).toEqual(Array.from({ length: 50 }, (_, n) => n));
        expect(client.id).not.toBe(firstId);
        // Once more, to see that nothing was kept from the first time.
        heard.length = 0;
        const goneAgain = once(client, "disconnect");
        await rig.stop();
        await goneAgain;
        client.emit("n", 49, Buffer.from([49]));
        const finishedAgain = new Promise<void>((resolve) => (all = resolve));
        await rig.restart();
        await finishedAgain;
        expect(heard).toEqual([49]);
      });

      test("several namespaces come back together", async () => {
        const prepare = (io: Server): void => {
          for (const name of ["/", "/a", "/b"]) {
            io.of(name).on("connection", (socket) => socket.on("where", (answer) => answer(name)));
          }
        };
        const rig = await start({}, prepare);
        const manager = rig.manager(eager);
        const sockets = ["/", "/a", "/b"].map((name) => manager.socket(name));
        await Promise.all(sockets.map(connected));
        const gone = sockets.map((socket) => once(socket, "disconnect"));
        await rig.stop();
        await Promise.all(gone);
        const back = sockets.map((socket) => once(socket, "connect"));
        await rig.restart();
        await Promise.all(back);
        const answers = sockets.map((socket) => new Promise((resolve) => socket.emit("where", resolve)));
        expect(await Promise.all(answers)).toEqual(["/", "/a", "/b"]);
        expect(rig.io.engine.clientsCount).toBe(1);
      });
    },
    { pairs: [...allPairs, ...oldPairs] },
  );
});

describe("reconnection, as the manager tells it", () => {
  matrix(({ start }) => {
    test("attempts are counted, and success is announced", async () => {
      const rig = await start();
      const { client } = await rig.link("/", eager);
      const attempts = record(client.io, "reconnect_attempt");
      const errors = record(client.io, "reconnect_error");
      await rig.stop();
      await collect(client.io, "reconnect_error", 2);
      const reconnected = once(client.io, "reconnect");
      const back = once(client, "connect");
      await rig.restart();
      const [attempt] = await reconnected;
      await back;
      expect(attempts.map(([n]) => n)).toEqual(Array.from({ length: attempt }, (_, n) => n + 1));
      expect(errors.length).toBe(attempt - 1);
      expect(client.recovered).toBeFalsy();
    });

    test("it gives up after the last attempt", async () => {
      const rig = await start();
      const { client } = await rig.link("/", { ...eager, reconnectionAttempts: 3 });
      const attempts = record(client.io, "reconnect_attempt");
      const failed = once(client.io, "reconnect_failed");
      await rig.stop();
      await failed;
      expect(attempts).toEqual([[1], [2], [3]]);
      expect(client.active).toBe(true);
      await rig.restart();
      const back = once(client, "connect");
      client.connect();
      await back;
      expect(client.connected).toBe(true);
    });

    test("a server that is not there gives connect_error until it is", async () => {
      const rig = await start();
      await rig.stop();
      const client = rig.client("/", eager);
      const [error] = await once(client, "connect_error");
      expect(error).toBeInstanceOf(Error);
      expect(client.active).toBe(true);
      const back = once(client, "connect");
      await rig.restart();
      await back;
      expect(client.connected).toBe(true);
    });

    test("the auth function is asked again at every connection", async () => {
      const seen: unknown[] = [];
      const rig = await start({}, (io) => {
        io.on("connection", (socket) => seen.push(socket.handshake.auth["n"]));
      });
      let n = 0;
      const { client } = await rig.link("/", {
        ...eager,
        auth: (provide: (data: object) => void) => provide({ n: n++ }),
      });
      await rig.stop();
      const back = once(client, "connect");
      await rig.restart();
      await back;
      expect(seen).toEqual([0, 1]);
    });

    test("no side that ended it on purpose is called back", async () => {
      const rig = await start();
      const { client, socket } = await rig.link("/", eager);
      const attempts = record(client.io, "reconnect_attempt");
      const gone = once(client, "disconnect");
      socket.disconnect();
      expect((await gone)[0]).toBe("io server disconnect");
      expect(client.active).toBe(false);
      const second = await rig.link("/", eager);
      second.client.disconnect();
      expect(second.client.active).toBe(false);
      const third = await rig.link("/", eager);
      expect(third.client.connected).toBe(true);
      expect(attempts).toEqual([]);
    });

    test("a client that is cut off while it upgrades comes back", async () => {
      const rig = await start();
      const { client } = await rig.link("/", eager);
      const back = once(client, "connect");
      rig.peer(client).conn.close(true);
      await back;
      const heard = once(rig.peer(client), "x");
      client.emit("x", 1);
      expect(await heard).toEqual([1]);
    });
  });
});
