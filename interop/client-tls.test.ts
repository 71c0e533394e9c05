import { once } from "node:events";
import { Agent, createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { Socket, type SocketOptions } from "@halyard/engine.io-client";
import { attach } from "engine.io";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { selfSigned } from "./tls.ts";

const { key, cert } = selfSigned();
let server: Server;
let engine: { close(): unknown };

beforeAll(async () => {
  server = createServer({ key, cert });
  engine = attach(server as never, {});
  server.listen(0);
  await once(server, "listening");
});

afterAll(() => {
  engine.close();
  server.closeAllConnections();
  server.close();
});

/** Connects; resolves with the name of the transport, or with what the error says. */
function connect(options: SocketOptions): Promise<string> {
  const socket = new Socket(`https://localhost:${(server.address() as AddressInfo).port}`, options);
  return new Promise((resolve) => {
    socket.on("open", () => {
      resolve(socket.transport.name);
      socket.close();
    });
    socket.on("error", (error) => resolve(JSON.stringify(error)));
  });
}

describe.each(["polling", "websocket"])("%s over TLS", (name) => {
  const transports = [name];

  test("refuses a certificate that nobody vouches for", async () => {
    expect(await connect({ transports })).toContain("DEPTH_ZERO_SELF_SIGNED_CERT");
  });

  test("takes one that is vouched for, or any when told to", async () => {
    expect(await connect({ transports, ca: cert })).toBe(name);
    expect(await connect({ transports, rejectUnauthorized: false })).toBe(name);
  });

  test("uses the agent that it is given", async () => {
    const agent = new Agent({ ca: cert });
    expect(await connect({ transports, agent })).toBe(name);
    agent.destroy();
  });

  test("uses options of a single transport", async () => {
    expect(await connect({ transports, transportOptions: { [name]: { ca: cert } } })).toBe(name);
  });
});
