import { describe, expect, test } from "vitest";
import { channels, connected, upgraded } from "../channels.ts";
import { once } from "../events.ts";
import { libraries, useApplication, type RunningProgram } from "./application.ts";
import { connect } from "./client.ts";

const hosts = [
  { name: "Express", program: "hosts/express.mjs" },
  { name: "Express, from CommonJS", program: "hosts/express.cjs" },
  { name: "Fastify", program: "hosts/fastify.mjs" },
  { name: "Koa", program: "hosts/koa.mjs" },
  { name: "Hono", program: "hosts/hono.mjs" },
  { name: "NestJS, through gateways", program: "hosts/nest.mjs", beforehand: expectGateways },
];

async function get(url: string): Promise<{ status: number; body: string }> {
  const response = await fetch(url);
  return { status: response.status, body: await response.text() };
}

/** Serves its own routes and ours, over every transport, and ends when it is told to while clients are connected. */
async function expectShared(host: RunningProgram): Promise<void> {
  const bytes = Buffer.from([1, 2, 3]);
  const shouts = [];
  for (const { name, options } of channels) {
    const client = connect(host.url, options);
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
  expect(host.output()).toBe("");
}

/** What gateways return is sent, answered or told as an exception; each has its namespace. */
async function expectGateways(host: RunningProgram): Promise<void> {
  for (const { options } of channels) {
    const client = connect(host.url, options);
    await connected(client);
    const returned = once(client, "returned");
    client.emit("returned", 1);
    expect(await returned).toEqual([[1, ["middleware", "connection"]]]);
    expect(await client.emitWithAck("acknowledged", "x")).toBe("got x");
    const failed = once(client, "exception");
    client.emit("failing");
    expect(await failed).toMatchObject([{ status: "error", message: "no such thing" }]);
    const inRoom = connect(`${host.url}/rooms`, options);
    expect(await inRoom.emitWithAck("where", 1)).toBe("/rooms");
  }
}

for (const library of libraries) {
  describe(`${library} beside`, () => {
    const application = useApplication(library);

    for (const { name, program, beforehand } of hosts) {
      test(name, async () => {
        const host = await application.start(program);
        await beforehand?.(host);
        await expectShared(host);
      });
    }
  });
}
