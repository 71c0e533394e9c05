import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { attach, listen, protocol, Server, Socket, transports } from "./index.ts";

test.each([undefined, 5_000, 5_000.5, Number.POSITIVE_INFINITY])(
  "listen serves clients, and answers other requests with 501 (requestTimeout %s)",
  async (requestTimeout) => {
    const engine = listen(0, requestTimeout === undefined ? {} : { requestTimeout });
    const { httpServer } = engine;
    if (httpServer === undefined) throw new Error("no HTTP server");
    onTestFinished(async () => {
      httpServer.close();
      httpServer.closeAllConnections();
      await engine.close();
    });
    await once(httpServer, "listening");
    expect(httpServer.headersTimeout).toBe(
      Math.min(10_000, requestTimeout === undefined ? 30_000 : Math.ceil(requestTimeout)),
    );
    const { port } = httpServer.address() as AddressInfo;
    expect((await fetch(`http://localhost:${port}/other`)).status).toBe(501);
    const connected = once(engine, "connection");
    expect(await (await fetch(`http://localhost:${port}/engine.io/?EIO=4&transport=polling`)).text()).toMatch(/^0\{/);
    expect((await connected)[0]).toBeInstanceOf(Socket);
  },
);

test("the exports that neighbours look for", () => {
  expect(protocol).toBe(4);
  expect(Object.keys(transports)).toEqual(["polling", "websocket", "webtransport"]);
  expect(Server.errors.FORBIDDEN).toBe(4);
  expect(Server.errorMessages[1]).toBe("Session ID unknown");
  expect(attach).toBeTypeOf("function");
  const engine = new Server();
  expect([engine.upgrades("polling"), engine.upgrades("websocket")]).toEqual([["websocket", "webtransport"], []]);
  expect(engine.opts).toMatchObject({ pingInterval: 25_000, pingTimeout: 20_000, maxHttpBufferSize: 1_000_000 });
});
