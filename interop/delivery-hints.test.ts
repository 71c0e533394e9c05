import type { Server, Socket as ServerSocket } from "socket.io";
import type { Socket as ClientSocket } from "socket.io-client";
import { describe, expect, test } from "vitest";
import { clientEnds, oldPairs, pairs } from "./ends.ts";
import { once, record } from "./events.ts";
import { connected, matrix } from "./rig.ts";

const ofOurServer = [...pairs, ...oldPairs].filter(({ server }) => server.ours);

/** The parameter that the incumbent does not have. */
function dismiss(socket: ServerSocket, close: boolean, retryAfterMs: number): void {
  (socket as unknown as { disconnect(close: boolean, hint: object): void }).disconnect(close, { retryAfterMs });
}

/** Lets a client in at its second attempt. */
function full(io: Server): void {
  let count = 0;
  io.of("/busy").use((_, next) =>
    ++count === 1 ? next(Object.assign(new Error("full"), { data: { seats: 0 }, retryAfterMs: 20 })) : next(),
  );
}

describe("pitfall 18: refusals and failures look alike", () => {
  matrix(
    ({ start, pair }) => {
      test("a middleware says when to ask again: our client does, others stay away as ever", async () => {
        const rig = await start({}, full);
        const client = rig.client("/busy", { reconnection: true });
        if (pair.client.generation === 2) {
          await once(client, "error");
          return expect(client.connected).toBe(false);
        }
        const errors = record(client, "connect_error");
        const back = once(client, "connect");
        await once(client, "connect_error");
        expect(errors).toMatchObject([[{ message: "full", data: { seats: 0 } }]]);
        if (pair.client.ours) {
          expect(errors).toMatchObject([[{ willRetry: true }]]);
          await back;
          return expect(errors).toHaveLength(1);
        }
        expect(client.active).toBe(false);
        client.connect();
        await back;
      });
    },
    { pairs: ofOurServer },
  );
});

describe("a client that the server sends away for a while", () => {
  matrix(
    ({ start, pair }) => {
      test("comes back by itself if it is ours; others hear what they always did, and nobody else is disturbed", async () => {
        const rig = await start();
        rig.io.of("/room");
        rig.io.of("/beside").on("connection", (socket) => socket.on("echo", (value, reply) => reply(value)));
        const manager = rig.manager({ reconnection: true });
        const [client, beside] = [manager.socket("/room"), manager.socket("/beside")];
        await Promise.all([connected(client), connected(beside)]);
        const [socket] = rig.io.of("/room").sockets.values();
        if (socket === undefined) throw new Error("no socket");
        const gone = once(client, "disconnect");
        const back = once(client, "connect");
        dismiss(socket, false, 20);
        expect((await gone)[0]).toBe("io server disconnect");
        if (!pair.client.ours) client.connect();
        await back;
        expect(await asked(beside, "still there")).toBe("still there");
        expect(rig.io.of("/room").sockets.size).toBe(1);
      });

      test("the same with its connection closed", async () => {
        const rig = await start();
        const { client, socket } = await rig.link("/", { reconnection: true });
        const gone = once(client, "disconnect");
        const back = once(client, "connect");
        dismiss(socket, true, 20);
        expect((await gone)[0]).toBe("io server disconnect");
        if (!pair.client.ours) client.connect();
        await back;
      });
    },
    { pairs: ofOurServer },
  );
});

describe("pitfall 14: a herd that comes back", () => {
  const TOLD_MS = 1_000;

  matrix(
    ({ start, pair }) => {
      test("clients of a drained server stay away for as long as it says, if they are ours", async () => {
        const rig = await start();
        const clients = await Promise.all(
          Array.from({ length: 10 }, async () => {
            const { client } = await rig.link("/", { reconnection: true, reconnectionDelay: 1 });
            return client;
          }),
        );
        const pauses = clients.map(async (client) => {
          const [reason] = await once(client, "disconnect");
          const lostMs = performance.now();
          await once(client.io, "reconnect_attempt");
          return [reason, performance.now() - lostMs] as const;
        });
        const drained = (rig.io as unknown as { drain(options: object): Promise<void> }).drain({
          duration: 100,
          retryAfterMs: TOLD_MS,
        });
        for (const [reason, pauseMs] of await Promise.all(pauses)) {
          expect(reason).toBe("transport close");
          if (pair.client.ours) expect(pauseMs).toBeGreaterThan(TOLD_MS - 10);
        }
        for (const client of clients) client.disconnect();
        await drained;
      });
    },
    { pairs: ofOurServer.filter(({ client }) => clientEnds.includes(client)) },
  );
});

function asked(client: ClientSocket, value: string): Promise<unknown> {
  return new Promise((resolve) => client.emit("echo", value, resolve));
}
