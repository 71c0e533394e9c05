import { io as connectTo, type Socket } from "socket.io-client";
import { describe, expect, onTestFinished, test } from "vitest";
import { channels } from "../ends.ts";
import { once } from "../events.ts";
import { connected, upgraded } from "../rig.ts";
import { libraries, useApplication, type RunningProgram } from "./application.ts";

const hosts = [
  { name: "Express", program: "hosts/express.mjs" },
  { name: "Express, from CommonJS", program: "hosts/express.cjs" },
  { name: "Fastify", program: "hosts/fastify.mjs" },
  { name: "Koa", program: "hosts/koa.mjs" },
  { name: "Hono", program: "hosts/hono.mjs" },
  { name: "NestJS", program: "hosts/nest.mjs" },
];

function connect({ url }: RunningProgram, namespace = "/", options: object = {}): Socket {
  const client = connectTo(url + namespace, { forceNew: true, reconnection: false, ...options });
  onTestFinished(() => void client.close());
  return client;
}

async function get(url: string): Promise<{ status: number; body: string }> {
  const response = await fetch(url);
  return { status: response.status, body: await response.text() };
}

/** Serves its own routes and ours, over every transport, and ends when it is told to while clients are connected. */
async function expectShared(host: RunningProgram): Promise<void> {
  const bytes = Buffer.from([1, 2, 3]);
  const shouts = [];
  for (const { name, options } of channels) {
    const client = connect(host, "/", options);
    await connected(client);
    if (name === "upgrade") await upgraded(client);
    const answer = await new Promise((done) => client.emit("echo", bytes, (...args: unknown[]) => done(args)));
    expect(answer).toEqual([bytes, false, "/socket.io/"]);
    shouts.push(once(client, "shout"));
    if (name === "upgrade") client.emit("shout", { by: name });
  }
  expect(await Promise.all(shouts)).toEqual(channels.map(() => [{ by: "upgrade" }]));
  expect(await get(`${host.url}/hello`)).toMatchObject({ status: 200, body: "hello" });
  expect(await get(`${host.url}/nowhere`)).toMatchObject({ status: 404 });
  expect(await get(`${host.url}/socket.io/socket.io.min.js`)).toMatchObject({ status: 200 });
  expect(await host.close()).toBe(0);
}

for (const library of libraries) {
  describe(`${library} beside`, () => {
    const application = useApplication(library);

    for (const { name, program } of hosts) {
      test(name, async () => {
        await expectShared(await application.start(program));
      });
    }

    test("NestJS, through gateways", async () => {
      const host = await application.start("hosts/nest.mjs");
      for (const { options } of channels) {
        const client = connect(host, "/", options);
        await connected(client);
        const returned = once(client, "returned");
        client.emit("returned", 1);
        expect(await returned).toEqual([[1, ["middleware", "connection"]]]);
        expect(await client.emitWithAck("acknowledged", "x")).toBe("got x");
        const failed = once(client, "exception");
        client.emit("failing");
        expect(await failed).toMatchObject([{ status: "error", message: "no such thing" }]);
        const inRoom = connect(host, "/rooms", options);
        expect(await inRoom.emitWithAck("where", 1)).toBe("/rooms");
      }
      expect(await host.close()).toBe(0);
      expect(host.output()).toBe("");
    });
  });
}
