import { once } from "node:events";
import { Agent, createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { attach } from "engine.io";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Socket, type SocketOptions } from "../index.ts";

// a key and a certificate for localhost, good for nothing but this test
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgkp4k4sip4Q7PaSZs
kZVvQks44FeROhfDbOiipYwcNYWhRANCAATfYUd04hIalGpP7JP0i7sOSMPlSwNo
SzLzHoZRs/JxmIK79+C0sWK7OCfQFu/YjQtKMD6kRNnuenLdqBEQkWYp
-----END PRIVATE KEY-----`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUJgRt31vc/aCXcOUbyLmZW241lVUwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzA2MTM1OVoYDzIxMjYxMDMw
MDYxMzU5WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATfYUd04hIalGpP7JP0i7sOSMPlSwNoSzLzHoZRs/JxmIK79+C0sWK7
OCfQFu/YjQtKMD6kRNnuenLdqBEQkWYpo28wbTAdBgNVHQ4EFgQULE6ZVeeS6k0W
G2L5QZcv0vjmbo8wHwYDVR0jBBgwFoAULE6ZVeeS6k0WG2L5QZcv0vjmbo8wDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIhAL0e5kLSoXQjEuJiC3yzM7AE7VeLQilX399zi/Mc3xrHAiBa
0175JWmx9i/JGA7YrSPk9gFqXiHhlbuBluvjQsCYKw==
-----END CERTIFICATE-----`;

let server: Server;
let engine: { close(): unknown };

beforeAll(async () => {
  server = createServer({ key: KEY, cert: CERTIFICATE });
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
    expect(await connect({ transports, ca: CERTIFICATE })).toBe(name);
    expect(await connect({ transports, rejectUnauthorized: false })).toBe(name);
  });

  test("uses the agent that it is given", async () => {
    const agent = new Agent({ ca: CERTIFICATE });
    expect(await connect({ transports, agent })).toBe(name);
    agent.destroy();
  });

  test("uses options of a single transport", async () => {
    expect(await connect({ transports, transportOptions: { [name]: { ca: CERTIFICATE } } })).toBe(name);
  });
});
