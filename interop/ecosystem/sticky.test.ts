import { describe, expect, test } from "vitest";
import { channels } from "../channels.ts";
import { eventually, once } from "../events.ts";
import { libraries, useApplication } from "./application.ts";
import { connect } from "./client.ts";

/** A request that overtakes the worker's "this session is mine" is refused: stickiness starts with a race. */
const patience = { reconnection: true, reconnectionDelay: 10, retries: 5, ackTimeout: 3_000 };

for (const library of libraries) {
  describe(`behind @socket.io/sticky, ${library}`, () => {
    const application = useApplication(library);

    for (const { name, options } of channels) {
      test(`keeps sessions with their workers over ${name}`, async () => {
        const { url } = await application.start("sticky.mjs");
        const clients = [1, 2, 3, 4].map(() => connect(url, { ...patience, ...options }));
        const workers = new Set();
        const long = "x".repeat(200_000); // takes more than one chunk
        for (const client of clients) {
          const [value, worker] = await client.emitWithAck("echo", { long, bytes: Buffer.from([1, 2]) });
          expect(value).toEqual({ long, bytes: Buffer.from([1, 2]) });
          expect(await client.emitWithAck("echo", 2)).toEqual([2, worker]);
          workers.add(worker);
        }
        if (name === "websocket") expect(workers.size).toBe(2);
        const wanted = name === "polling" ? "polling" : "websocket";
        await eventually(() => clients.some(({ io }) => io.engine.transport.name === wanted), wanted);
      });
    }

    if (library === "incumbent") {
      test("has the workers act together with @socket.io/cluster-adapter", async () => {
        const { url } = await application.start("sticky.mjs", { ADAPTER: "cluster" });
        const clients = [1, 2].map(() => connect(url, { ...patience, transports: ["websocket"] }));
        const [first] = clients;
        if (first === undefined) throw new Error("no client");
        for (const client of clients) if (!client.connected) await once(client, "connect");
        const heard = clients.map((client) => once(client, "shout"));
        first.emit("shout", 1);
        await Promise.all(heard);
        expect(await first.emitWithAck("count")).toBe(2);
      });
    }
  });
}
