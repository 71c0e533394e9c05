import type { Server } from "socket.io";
import { describe, expect, test } from "vitest";
import { channels, pairs } from "./ends.ts";
import { eventually } from "./events.ts";
import { managerOn } from "./recovery-stage.ts";
import { startRelay, type Death } from "./recovery-relay.ts";
import { matrix } from "./rig.ts";

/** So long that only a lost connection makes an event come again. */
const settings = { retries: 100, ackTimeout: 15_000 };

describe("pitfall 5: `retries` duplicates on the server", () => {
  matrix(
    ({ start, pair }) => {
      const isHandledOnce = pair.server.ours && pair.client.ours;

      for (const death of ["reset", "half-open"] satisfies Death[])
        test(`an event whose answer was lost (${death}) is handled ${isHandledOnce ? "once" : "again"}, and answered`, async () => {
          const rig = await start();
          const relay = await startRelay(rig.port);
          const heard: number[] = [];
          rig.io.on("connection", (socket) => {
            socket.on("order", (item, reply) => {
              heard.push(item);
              if (heard.length === 2) relay.kill(death);
              reply(`order ${item}`);
            });
          });
          const client = managerOn(relay, rig).socket("/", settings);
          const answers = await Promise.all([1, 2, 3].map((item) => client.emitWithAck("order", item)));
          expect(answers).toEqual(["order 1", "order 2", "order 3"]);
          expect(heard).toEqual(isHandledOnce ? [1, 2, 3] : [1, 2, 2, 3]);
        });

      test("an event is answered on the next connection by the handler that still runs", async () => {
        const rig = await start();
        const relay = await startRelay(rig.port);
        const heard: number[] = [];
        let release: () => void = () => {};
        const released = new Promise<void>((resolve) => (release = resolve));
        rig.io.on("connection", (socket) => {
          if (heard.length > 0) release();
          socket.on("order", async (item, reply) => {
            heard.push(item);
            if (heard.length === 1) relay.kill();
            await released;
            reply(`order ${item}`);
          });
        });
        const client = managerOn(relay, rig).socket("/", settings);
        expect(await client.emitWithAck("order", 1)).toBe("order 1");
        expect(heard).toEqual(isHandledOnce ? [1] : [1, 1]);
      });

      test("what is binary in an answer is there the second time, too", async () => {
        const rig = await start();
        const relay = await startRelay(rig.port);
        let count = 0;
        rig.io.of("/files").on("connection", (socket) => {
          socket.on("read", (reply) => {
            if (++count === 1) relay.kill();
            reply({ content: Buffer.from([1, 2, 3]) });
          });
        });
        const client = managerOn(relay, rig).socket("/files", settings);
        const answer = await client.emitWithAck("read");
        expect(Buffer.from(answer.content)).toEqual(Buffer.from([1, 2, 3]));
        expect(count).toBe(isHandledOnce ? 1 : 2);
      });
    },
    { pairs, over: channels.filter(({ name }) => name !== "upgrade") },
  );
});

describe("a server that was started again", () => {
  matrix(
    ({ start }) => {
      test("handles what it has no record of: at least once", async () => {
        const heard: number[] = [];
        const serve = (io: Server): void =>
          void io.on("connection", (socket) => {
            socket.on("order", (item, reply) => {
              heard.push(item);
              if (heard.length > 1) reply("done");
            });
          });
        const rig = await start({ closeTimeout: 100 } as object, serve);
        const relay = await startRelay(rig.port);
        const client = managerOn(relay, rig).socket("/", settings);
        const answer = client.emitWithAck("order", 1);
        await eventually(() => heard.length > 0, "the event arrives");
        await rig.stop();
        await rig.restart({}, serve);
        expect(await answer).toBe("done");
        expect(heard).toEqual([1, 1]);
      });
    },
    { pairs, over: channels.filter(({ name }) => name === "websocket") },
  );
});

describe("with MessagePack", () => {
  matrix(
    ({ start, pair }) => {
      test("queued events, and others beside them, are answered", async () => {
        const rig = await start({ parser: pair.server.msgpack });
        const relay = await startRelay(rig.port);
        const heard: number[] = [];
        rig.io.on("connection", (socket) => {
          socket.on("ping me", (reply) => reply("ping"));
          socket.on("order", (item, reply) => {
            heard.push(item);
            if (heard.length === 1) relay.kill();
            reply(`order ${item}`);
          });
        });
        const client = managerOn(relay, rig, { parser: pair.client.msgpack }).socket("/", settings);
        expect(await client.emitWithAck("order", 1)).toBe("order 1");
        await eventually(() => client.io.engine.transport.writable, "the path is free");
        expect(await client.volatile.timeout(15_000).emitWithAck("ping me")).toBe("ping");
        expect(await client.emitWithAck("order", 2)).toBe("order 2");
        expect(heard).toEqual(pair.server.ours && pair.client.ours ? [1, 2] : [1, 1, 2]);
      });
    },
    { pairs, over: channels.filter(({ name }) => name === "websocket") },
  );
});
