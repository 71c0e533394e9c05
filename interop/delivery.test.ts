import { describe, expect, test } from "vitest";
import { allPairs, oldPairs } from "./ends.ts";
import { eventually, once, record } from "./events.ts";
import { connected, matrix, upgraded } from "./rig.ts";

describe("volatile and compress", () => {
  matrix(
    ({ start, channel, pair }) => {
      test("a volatile event to an idle peer arrives", async () => {
        const rig = await start();
        const { client, socket } = await rig.link();
        if (channel.name === "upgrade") await upgraded(client);
        for (const [n, sender] of [socket, rig.io, rig.io.to(socket.id)].entries()) {
          await eventually(() => socket.conn.transport.writable, "the path is free");
          const heard = once(client, "down");
          sender.volatile.emit("down", n, Buffer.from([n]));
          expect(await heard).toEqual([n, Buffer.from([n])]);
        }
        if (pair.client.generation === 2) return; // it has no such flag
        await eventually(() => client.io.engine.transport.writable, "the path is free");
        const heard = once(socket, "up");
        client.volatile.emit("up", 1);
        expect(await heard).toEqual([1]);
      });

      test("a volatile event of a client without a connection is dropped; others wait", async () => {
        const rig = await start();
        const client = rig.client("/", { autoConnect: false });
        client.emit("kept", 1);
        if ("volatile" in client) (client as { volatile: typeof client }).volatile.emit("kept", "dropped");
        client.emit("kept", 2);
        const heard: unknown[] = [];
        const done = new Promise<void>((resolve) => {
          rig.io.on("connection", (socket) => {
            socket.on("kept", (value) => {
              heard.push(value);
              if (value === 2) resolve();
            });
          });
        });
        client.connect();
        await done;
        expect(heard).toEqual([1, 2]);
      });

      test("the compress flag changes nothing but the wire", async () => {
        const rig = await start({ perMessageDeflate: { threshold: 64 }, httpCompression: { threshold: 64 } });
        const { client, socket } = await rig.link();
        const text = "compressible ".repeat(2000);
        const binary = Buffer.alloc(20_000, "ab");
        socket.on("up", (...args) => {
          socket.compress(false).emit("down", "plain", ...args);
          socket.compress(true).emit("down", "deflated", ...args);
          rig.io.compress(false).emit("down", "broadcast plain", ...args);
          rig.io.emit("down", "broadcast", ...args);
        });
        const heard = record(client, "down");
        const last = once(client, "last");
        socket.on("up", () => socket.emit("last"));
        client.compress(true).emit("up", text, binary);
        await last;
        expect(heard.map(([label]) => label)).toEqual(["plain", "deflated", "broadcast plain", "broadcast"]);
        for (const [, gotText, gotBinary] of heard) {
          expect(gotText === text).toBe(true);
          expect(binary.equals(gotBinary)).toBe(true);
        }
      });
    },
    { pairs: [...allPairs, ...oldPairs] },
  );
});

describe("large payloads", () => {
  matrix(
    ({ start, pair, channel, recent }) => {
      const megabytes = (count: number): Buffer =>
        Buffer.alloc(
          count * 1_000_000,
          Uint8Array.from({ length: 251 }, (_, index) => index),
        );

      test("900 kB of JSON, both ways, within the default limit", async () => {
        const rig = await start();
        const { client, socket } = await rig.link();
        const rows = Array.from({ length: 9_000 }, (_, id) => ({
          id,
          name: `row ${id}`,
          text: "é".repeat(30),
          on: true,
        }));
        expect(Buffer.byteLength(JSON.stringify(rows))).toBeGreaterThan(890_000);
        expect(Buffer.byteLength(JSON.stringify(rows))).toBeLessThan(990_000);
        socket.on("rows", (value, answer) => answer(value));
        const back = await new Promise((resolve) => client.emit("rows", rows, resolve));
        expect(back).toEqual(rows);
      });

      test("5 MB of binary, both ways, with the limit raised", async () => {
        const rig = await start({ maxHttpBufferSize: 10_000_000 });
        const { client, socket } = await rig.link();
        const bytes = megabytes(5);
        const heard = once(socket, "up");
        client.emit("up", bytes);
        expect(bytes.equals((await heard)[0])).toBe(true);
        const back = once(client, "down");
        socket.emit("down", bytes);
        expect(bytes.equals((await back)[0])).toBe(true);
      });

      recent(
        "a message above the limit ends the connection, with a reason on both ends, unless the client refuses it",
        async () => {
          const rig = await start({ maxHttpBufferSize: 100_000 });
          const { client, socket } = await rig.link();
          const other = await rig.link();
          if (channel.name === "upgrade") await upgraded(client);
          if (pair.client.ours) {
            const refusal = expect.objectContaining({ code: "PAYLOAD_TOO_LARGE" });
            expect(() => client.emit("up", "x".repeat(200_000))).toThrow(refusal);
            socket.on("still there", (answer) => answer("yes"));
            expect(await client.emitWithAck("still there")).toBe("yes");
            return;
          }
          const atServer = once(socket, "disconnect");
          const atClient = once(client, "disconnect");
          client.emit("up", "x".repeat(200_000));
          const reasons = [(await atServer)[0], (await atClient)[0]];
          if (channel.name === "polling") {
            // The client may break off its poll before the server has closed the session.
            expect(["transport close", "transport error"]).toContain(reasons[0]);
            expect(reasons[1]).toBe("transport error");
          } else expect(reasons).toEqual(["transport error", "transport close"]);
          other.socket.on("still there", (answer) => answer("yes"));
          const answer = await new Promise((resolve) => other.client.emit("still there", resolve));
          expect(answer).toBe("yes");
        },
      );

      recent("a client on long-polling splits a long queue to fit the limit", async () => {
        const rig = await start({ maxHttpBufferSize: 20_000 });
        const client = rig.client("/", { autoConnect: false });
        const count = 100;
        const heard: number[] = [];
        const done = new Promise<void>((resolve) => {
          rig.io.on("connection", (socket) => {
            socket.on("n", (n) => {
              heard.push(n);
              if (heard.length === count) resolve();
            });
          });
        });
        if (pair.client.generation === 2) return; // it does not know the limit
        for (let n = 0; n < count; n++) client.emit("n", n, "x".repeat(1000));
        client.connect();
        await connected(client);
        await done;
        expect(heard).toEqual(Array.from({ length: count }, (_, n) => n));
      });
    },
    { pairs: [...allPairs, ...oldPairs] },
  );
});
