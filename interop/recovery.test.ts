import { describe, expect, test } from "vitest";
import { channels, pairs } from "./ends.ts";
import { eventually, once, record } from "./events.ts";
import { startRelay } from "./recovery-relay.ts";
import { inTouch, managerOn, silence, stage } from "./recovery-stage.ts";
import { connected, matrix } from "./rig.ts";

const ours = pairs.filter(({ server }) => server.ours);

describe("recovery, as the incumbent does it", () => {
  matrix(
    (cell) => {
      test("id, rooms, data and what was missed come back, in order", async () => {
        const { socket, client, heard, rig, lose, back } = await stage(cell);
        await socket.join(["r", "s"]);
        socket.data = { name: "Ada" };
        const seen = once(client, "seen");
        socket.emit("seen", 1, Buffer.from([1]));
        await seen;
        const { id } = client;
        await lose();
        rig.io.emit("all", 1);
        rig.io.to("r").emit("room", { n: 2 }, Buffer.from([2, 3]));
        rig.io.to("elsewhere").emit("no", 0);
        rig.io.except("s").emit("no", 0);
        rig.io.to(socket.id).emit("own", 3);
        const peer = await back();
        const live = once(client, "live");
        rig.io.to("s").emit("live", 4);
        await live;
        expect(heard).toEqual([
          ["seen", 1, Buffer.from([1])],
          ["all", 1],
          ["room", { n: 2 }, Buffer.from([2, 3])],
          ["own", 3],
          ["live", 4],
        ]);
        expect(client.recovered).toBe(true);
        expect(client.id).toBe(id);
        expect(peer.recovered).toBe(true);
        expect(peer.data).toEqual({ name: "Ada" });
        expect(peer.rooms).toEqual(new Set(["r", "s", String(id)]));
      });

      test("a socket that either side ended on purpose is not recovered", async () => {
        for (const end of ["server", "server with its connection", "client"]) {
          const { socket, client, rig } = await stage(cell);
          const seen = once(client, "seen");
          socket.emit("seen", 1);
          await seen;
          const { id } = client;
          const gone = once(socket, "disconnect");
          if (end === "client") client.disconnect();
          else socket.disconnect(end !== "server");
          await gone;
          await eventually(() => !client.connected, "the client knows");
          rig.io.emit("missed");
          const again = once(client, "connect");
          client.connect();
          await again;
          expect(client.recovered).toBeFalsy();
          expect(client.id).not.toBe(id);
        }
      });

      test("middlewares of the namespace are skipped, unless skipMiddlewares is false", async () => {
        for (const skipMiddlewares of [true, false]) {
          const passed: unknown[] = [];
          const { socket, client, lose, back } = await stage(cell, { skipMiddlewares }, {}, (io) => {
            io.use((entering, next) => {
              passed.push([entering.recovered, [...entering.rooms].sort(), entering.data]);
              next();
            });
          });
          const seen = once(client, "seen");
          await socket.join("r");
          socket.data = { name: "Ada" };
          socket.emit("seen", 1);
          await seen;
          await lose();
          expect((await back()).recovered).toBe(true);
          const again = [true, [socket.id, "r"].sort(), { name: "Ada" }];
          expect(passed).toEqual(skipMiddlewares ? [[false, [], {}]] : [[false, [], {}], again]);
        }
      });

      test("events with an acknowledgement reach their listeners without an offset", async () => {
        const { socket, client } = await stage(cell);
        client.on("question", (text, answer) => answer(`${text}!`));
        expect(await socket.emitWithAck("question", "why")).toBe("why!");
      });
    },
    { pairs },
  );
});

describe("recovery, where the incumbent's fails", () => {
  matrix(
    (cell) => {
      test("a client that has received no event yet gets all since it connected", async () => {
        const { client, heard, rig, lose, back } = await stage(cell);
        await lose();
        rig.io.emit("missed", 1);
        const last = once(client, "last");
        await back();
        rig.io.emit("last", 2);
        await last;
        expect(client.recovered).toBe(true);
        expect(heard).toEqual([
          ["missed", 1],
          ["last", 2],
        ]);
      });

      test("volatile events that end in a string, and questions, do not spoil the client's offset", async () => {
        const { socket, client, heard, rig, lose, back } = await stage(cell);
        client.on("question", (_text, answer) => answer());
        socket.emit("seen", 1);
        await socket.emitWithAck("question", "why");
        await inTouch(socket);
        const heading = once(client, "heading");
        socket.volatile.emit("heading", "north");
        await heading;
        const tick = once(client, "tick");
        await inTouch(socket);
        rig.io.volatile.emit("tick");
        await tick;
        await lose();
        rig.io.emit("missed", 2);
        await back();
        await eventually(() => heard.at(-1)?.[0] === "missed", "the client has caught up");
        expect(client.recovered).toBe(true);
        expect(heard.map(([event]) => event)).toEqual(["seen", "question", "heading", "tick", "missed"]);
      });

      test("a client that is back before the server noticed that it had gone takes its session over", async () => {
        const { socket, client, heard, rig, relay } = await stage(cell);
        await socket.join("r");
        const seen = once(client, "seen");
        socket.emit("seen", 1);
        await seen;
        const end = once(socket, "disconnect");
        const again = once(client, "connect");
        await silence([client], socket, relay);
        rig.io.to("r").emit("into the void", 2);
        relay.up();
        await again;
        const [reason, cause] = await end;
        const last = once(client, "last");
        rig.io.to("r").emit("last", 3);
        await last;
        expect(client.recovered).toBe(true);
        expect(client.id).toBe(socket.id);
        expect(reason).toBe("transport close");
        // on long-polling, the incumbent's client may find a way to say that it gave up
        if (cell.channel.name === "websocket") expect(cause).toMatchObject({ code: "SESSION_TAKEN_OVER" });
        expect(heard).toEqual([
          ["seen", 1],
          ["into the void", 2],
          ["last", 3],
        ]);
        expect(rig.io.sockets.sockets.size).toBe(1);
        await eventually(() => rig.io.engine.clientsCount === 1, "the old connection is gone");
      });

      test("what the former socket object sends while the client is away arrives", async () => {
        const { socket, client, heard, lose, back } = await stage(cell);
        await lose();
        socket.emit("late answer", 1);
        await back();
        await eventually(() => heard.length > 0, "the client has caught up");
        socket.emit("later answer", 2);
        await eventually(() => heard.length > 1, "it arrives");
        expect(client.recovered).toBe(true);
        expect(heard).toEqual([
          ["late answer", 1],
          ["later answer", 2],
        ]);
      });

      test.each([
        ["maxLogPackets", { maxLogPackets: 10 }, "history lost"],
        ["maxLogBytes", { maxLogBytes: 5_000 }, "history lost"],
        ["maxReplayBytes", { maxReplayBytes: 1_000 }, "backlog too large"],
        ["maxLostSessions", { maxLostSessions: 0 }, "unknown session"],
      ] as const)("%s: beyond it there is a new session and a reason, never a gap", async (_, limits, failure) => {
        const { client, heard, rig, lose, back } = await stage(cell, limits);
        const { id } = client;
        await lose();
        for (let n = 0; n < 20; n++) rig.io.emit("missed", n, "x".repeat(100));
        const peer = await back();
        const last = once(client, "last");
        rig.io.emit("last", 1);
        await last;
        expect(client.recovered).toBe(false);
        expect(client.id).not.toBe(id);
        expect((peer as unknown as { recoveryFailure: string }).recoveryFailure).toBe(failure);
        expect(heard).toEqual([["last", 1]]);
        // the new session is as good as any
        await lose();
        rig.io.emit("missed", 2);
        if (failure === "unknown session") return;
        await back();
        await eventually(() => heard.length === 2, "the client has caught up");
        expect(client.recovered).toBe(true);
      });

      test("a restarted server gives new sessions, also to clients that show offsets of the former one", async () => {
        const { client, heard, rig, socket, relay } = await stage(cell);
        const seen = once(client, "seen");
        socket.emit("seen", 1);
        await seen;
        relay.down();
        await rig.stop();
        const again = once(client, "connect");
        await rig.restart();
        relay.up();
        await again;
        expect(client.recovered).toBe(false);
        // nothing was received yet: the client still shows the offset of the former server
        const back = once(client, "connect");
        await silence([client], rig.peer(client), relay);
        rig.io.emit("missed", 2);
        relay.up();
        await back;
        await eventually(() => heard.length === 2, "the client has caught up");
        expect(client.recovered).toBe(true);
        expect(heard).toEqual([
          ["seen", 1],
          ["missed", 2],
        ]);
      });

      test("namespaces over one connection are recovered each on its own", async () => {
        const rig = await cell.start({ connectionStateRecovery: {} }, (io) => {
          io.of("/a");
          io.of("/b");
        });
        const relay = await startRelay(rig.port);
        const manager = managerOn(relay, rig);
        const [a, b] = [manager.socket("/a"), manager.socket("/b")];
        await Promise.all([connected(a), connected(b)]);
        const heard = [record(a, "n"), record(b, "n")];
        const again = [once(a, "connect"), once(b, "connect")];
        await silence([a, b], rig.peer(a, "/a"), relay);
        rig.io.of("/a").emit("n", 1);
        rig.io.of("/b").emit("n", 2);
        relay.up();
        await Promise.all(again);
        await eventually(() => heard.every((events) => events.length === 1), "both have caught up");
        expect([a.recovered, b.recovered]).toEqual([true, true]);
        expect(heard.map(([args]) => args?.[0])).toEqual([1, 2]);
      });

      test("our client keeps the offset to itself; the incumbent's hands it to listeners", async () => {
        const { client, socket, rig } = await stage(cell);
        const expected = cell.pair.client.ours ? [["text"], []] : [["text", expect.any(String)], [expect.any(String)]];
        const direct = once(client, "direct");
        socket.emit("direct", "text");
        const bare = once(client, "bare");
        rig.io.emit("bare");
        expect([await direct, await bare]).toEqual(expected);
      });
    },
    { pairs: ours, over: channels.filter(({ name }) => name !== "upgrade") },
  );
});
