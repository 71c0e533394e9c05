import { createServer, type Server as HttpServer } from "node:http";
import { Server as NetServer, type AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import type { Untyped } from "@halyard/contracts";
import { Bench } from "./fake-client.fixture.ts";
import callable, { Namespace, Server, Socket } from "./index.ts";

const servers: Server[] = [];

function track(server: Server): Server {
  servers.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

function urlOf(server: Server, path: string): string {
  const { port } = (server.httpServer as HttpServer).address() as AddressInfo;
  return `http://127.0.0.1:${port}${path}`;
}

/** A request that only an engine answers in this way, without making a session. */
const PROBE = "?EIO=4&transport=unknown";

test.each<[string, () => Server]>([
  ["a port", () => new Server(0)],
  ["a port as text", () => new Server().listen("0")],
  ["a port and options", () => new Server(0, { serveClient: false })],
  ["an HTTP server", () => new Server(createServer().listen(0))],
  ["an HTTP server given later", () => new Server({ path: "/socket.io" }).attach(createServer().listen(0))],
  ["a call of the module", () => callable(0)],
])("starts on %s", async (_what, start) => {
  const server = track(start());
  const answer = await fetch(urlOf(server, `/socket.io/${PROBE}`));
  expect(await answer.json()).toEqual({ code: 0, message: "Transport unknown" });
  expect(server.engine.clientsCount).toBe(0);
  expect(server.eio).toBe(server.engine);
});

test.each([
  [{}, [10_000, 30_000]],
  [{ requestTimeout: 5_000.5 }, [5_001, 5_001]],
  [{ requestTimeout: Infinity }, [10_000, 2_147_483_647]],
])("a server of its own waits no longer for requests than it must (%o)", (options, expected) => {
  const { httpServer } = track(new Server(0, options));
  const { headersTimeout, requestTimeout } = httpServer as HttpServer;
  expect([headersTimeout, requestTimeout]).toEqual(expected);
});

test("the module is callable and has the classes as properties", () => {
  expect([callable.Server, callable.Namespace, callable.Socket]).toEqual([Server, Namespace, Socket]);
});

test.each([
  ["an Express application", () => {}],
  ["nonsense", {}],
  ["a broken port", "x"],
])("refuses to start on %s", (_what, value) => {
  expect(() => new Server().attach(value as Untyped)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
});

test.each([{ connectTimeout: -1 }, { maxNamespaces: NaN }, { maxDepth: "1" as Untyped }, { parser: 1 }])(
  "refuses the option %o",
  (options) => {
    expect(() => new Server(options)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  },
);

test("does not listen with options that the engine refuses", () => {
  const listen = vi.spyOn(NetServer.prototype, "listen");
  expect(() => new Server(0, { pingInterval: -1 })).toThrow(expect.objectContaining({ code: "BAD_OPTION" }));
  expect(listen).not.toHaveBeenCalled();
  listen.mockRestore();
});

test("says that uWebSockets.js and engines of other libraries are not for it", () => {
  const server = new Server();
  expect(() => server.attachApp({})).toThrow(expect.objectContaining({ code: "UNSUPPORTED" }));
  const foreign: Untyped = { on() {} };
  expect(() => server.bind(foreign)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
});

test("takes requests below its path", async () => {
  const server = track(new Server(0, { path: "/chat/" }));
  expect(server.path()).toBe("/chat");
  expect((await fetch(urlOf(server, `/chat/${PROBE}`))).status).toBe(400);
  expect((await fetch(urlOf(server, `/socket.io/${PROBE}`))).status).toBe(404);
});

test("its settings can be read and changed", () => {
  const server = new Server();
  expect([server.path(), server.serveClient(), server.connectTimeout()]).toEqual(["/socket.io", true, 45_000]);
  expect(server.path("/x/").serveClient(false).connectTimeout(10)).toBe(server);
  expect([server.path(), server.serveClient(), server.connectTimeout()]).toEqual(["/x", false, 10]);
});

test("a changed connectTimeout applies to new connections", () => {
  const bench = new Bench({ connectTimeout: 1_000 });
  const before = bench.open();
  bench.io.connectTimeout(100);
  const after = bench.open();
  bench.clock.advance(100);
  expect([before.readyState, after.readyState]).toEqual(["open", "closed"]);
  bench.clock.advance(900);
  expect(before.readyState).toBe("closed");
});

test("is an emitter of the main namespace's events", () => {
  const { io } = new Bench();
  const listener = (): void => {};
  io.on("connection", listener).once("a", listener).addListener("b", listener);
  io.prependListener("b", listener).prependOnceListener("c", listener).setMaxListeners(3);
  expect(io.sockets.eventNames()).toEqual(["connection", "a", "b", "c"]);
  expect(io.eventNames()).toEqual(io.sockets.eventNames());
  expect(io.listenerCount("b")).toBe(2);
  expect(io.listeners("connection")).toEqual([listener]);
  expect(io.rawListeners("c")).toHaveLength(1);
  expect(io.getMaxListeners()).toBe(3);
  io.off("b", listener).removeListener("b", listener);
  expect(io.listenerCount("b")).toBe(0);
  io.removeAllListeners("a");
  expect(io.sockets.eventNames()).toEqual(["connection", "c"]);
  io.removeAllListeners();
  expect(io.sockets.eventNames()).toEqual([]);
});

test("closes its HTTP server, once, and says if it was not running", async () => {
  const server = new Server(0);
  await vi.waitFor(() => expect((server.httpServer as HttpServer).listening).toBe(true));
  const done = vi.fn();
  await Promise.all([server.close(done), server.close(done)]);
  expect(done.mock.calls).toEqual([[undefined], [undefined]]);
  expect((server.httpServer as HttpServer).listening).toBe(false);
  await server.close(done);
  expect(done).toHaveBeenLastCalledWith(expect.objectContaining({ code: "ERR_SERVER_NOT_RUNNING" }));
});

test("closes every HTTP server that it is attached to, and the engines on them", async () => {
  const hosts = [createServer(), createServer()];
  const server = new Server();
  for (const host of hosts) server.attach(host.listen(0));
  await vi.waitFor(() => expect(hosts.every(({ listening }) => listening)).toBe(true));
  expect(server.httpServer).toBe(hosts[1]);
  const done = vi.fn();
  await server.close(done);
  expect([hosts.map(({ listening }) => listening), done.mock.calls]).toEqual([[false, false], [[undefined]]]);
});

test("closes without ever having been attached", async () => {
  await expect(new Server().close()).resolves.toBeUndefined();
});

test("closes in time although an adapter hangs", async () => {
  const bench = new Bench({
    closeTimeout: 5_000,
    adapter: () => ({
      start: () => Promise.resolve(),
      close: () => new Promise(() => {}),
      serverCount: () => Promise.resolve(1),
      publish: () => {},
      query: () => expect.unreachable(),
    }),
  });
  const done = vi.fn();
  const closed = bench.io.close(done);
  await Promise.resolve();
  expect(done).not.toHaveBeenCalled();
  bench.clock.advance(5_000);
  await closed;
  expect(done).toHaveBeenCalledOnce();
});
