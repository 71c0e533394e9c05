import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { request, start, UPGRADE_HEADERS } from "./server.fixture.ts";

const handshake = (target: string, headers: Record<string, string> = {}): string =>
  request("GET", target, { ...UPGRADE_HEADERS, ...headers });

test("middlewares see requests and WebSocket handshakes, in order, and may set headers", async () => {
  const running = await start();
  const seen: string[] = [];
  running.engine.use((req, res, next) => {
    seen.push(`first ${req.method}`);
    res.setHeader("x-first", "1");
    setImmediate(next);
  });
  running.engine.use(async (_req, res, next) => {
    seen.push("second");
    res.setHeader("x-second", ["2", "3"]);
    next();
  });
  const response = await running.fetch("EIO=4&transport=polling");
  expect([response.headers.get("x-first"), response.headers.get("x-second")]).toEqual(["1", "2, 3"]);
  const answer = await running.raw(handshake(running.path("EIO=4&transport=websocket")), /\r\n\r\n/);
  expect(answer).toMatch(/^HTTP\/1.1 101 [^]*\r\nx-first: 1\r\nx-second: 2\r\nx-second: 3\r\n/);
  expect(seen).toEqual(["first GET", "second", "first GET", "second"]);
});

test.each([
  ["calls next with an error", (_req: unknown, _res: unknown, next: (error: Error) => void) => next(new Error("no"))],
  [
    "throws",
    () => {
      throw new Error("no");
    },
  ],
  ["rejects", () => Promise.reject(new Error("no"))],
])("a middleware that %s refuses the request", async (_what, middleware) => {
  const running = await start();
  running.engine.use(middleware);
  const response = await running.fetch("EIO=4&transport=polling");
  expect([response.status, await response.json()]).toEqual([400, { code: 3, message: "Bad request" }]);
  expect(await running.raw(handshake(running.path("EIO=4&transport=websocket")))).toMatch(/^HTTP\/1.1 400 /);
  expect(running.refused.map(({ context }) => context["name"])).toEqual(["MIDDLEWARE_FAILURE", "MIDDLEWARE_FAILURE"]);
});

test("what a middleware throws after it let the request pass is reported, and nothing else", async () => {
  const running = await start();
  const reported: unknown[] = [];
  const error = new Error("late");
  running.engine.on("error", (each) => reported.push(each));
  running.engine.use((_req, _res, next) => {
    next();
    next();
    throw error;
  });
  expect((await running.fetch("EIO=4&transport=polling")).status).toBe(200);
  expect(reported).toEqual([error]);
  expect(running.engine.clientsCount).toBe(1);
});

test("a middleware may answer itself, and the connection is not kept", async () => {
  const running = await start({ closeTimeout: 10_000 });
  running.engine.use((_req, res) => {
    res.writeHead(401);
    res.end("who are you?");
  });
  const response = await running.fetch("EIO=4&transport=polling");
  expect([response.status, await response.text()]).toEqual([401, "who are you?"]);
  expect(await running.raw(handshake(running.path("EIO=4&transport=websocket")))).toBe("");
  await running.engine.close();
});

test("a value that HTTP does not allow in a header does not get into the 101 answer", async () => {
  const running = await start();
  const reported: unknown[] = [];
  running.engine.on("error", (each) => reported.push(each));
  running.engine.on("headers", (headers) => (headers["x-tenant"] = "a\r\nSet-Cookie: evil=1"));
  const answer = await running.raw(handshake(running.path("EIO=4&transport=websocket")), /\r\n\r\n/);
  expect(answer).toMatch(/^HTTP\/1.1 101 /);
  expect(answer).not.toContain("evil");
  expect(reported).toHaveLength(1);
  const other = await start();
  other.engine.use((_req, res, next) => {
    res.setHeader("x-tenant", "a\r\nSet-Cookie: evil=1");
    next();
  });
  expect(await other.raw(handshake(other.path("EIO=4&transport=websocket")))).toMatch(/^HTTP\/1.1 400 /);
});

test("the response of a handshake tells middlewares when it is over", async () => {
  const running = await start();
  const events: string[] = [];
  running.engine.use((_req, res, next) => {
    for (const event of ["finish", "close"]) res.on(event, () => events.push(event));
    next();
  });
  const client = await running.connect().opened();
  const [session] = Object.values(running.engine.clients);
  const closed = new Promise((resolve) => session?.once("close", resolve));
  client.terminate();
  await closed;
  expect(events).toEqual(["close"]);
});

test("with `cors`, pages of other origins may not connect over WebSocket either", async () => {
  const running = await start({ cors: { origin: ["https://good.example"], credentials: true } });
  const target = running.path("EIO=4&transport=websocket");
  const statusOf = async (headers: Record<string, string>): Promise<string> =>
    (await running.raw(handshake(target, headers), /\r\n\r\n/)).slice(9, 12);
  expect(await statusOf({ Origin: "https://good.example" })).toBe("101");
  expect(await statusOf({ Origin: "https://evil.example" })).toBe("403");
  expect(await statusOf({ Origin: "null" })).toBe("403");
  expect(await statusOf({ Origin: "http://localhost", Host: "localhost" })).toBe("101"); // the server's own pages
  expect(await statusOf({})).toBe("101"); // no browser
  expect(running.refused.map(({ code }) => code)).toEqual([4, 4]);
});

test("with `cors`, browsers learn what they may do", async () => {
  const running = await start({ cors: { origin: "https://good.example", credentials: true, methods: ["GET"] } });
  const preflight = await running.fetch("EIO=4&transport=polling", {
    method: "OPTIONS",
    headers: { origin: "https://good.example", "access-control-request-method": "GET" },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("access-control-allow-methods")).toBe("GET");
  const response = await running.fetch("EIO=4&transport=polling", { headers: { origin: "https://good.example" } });
  expect(response.headers.get("access-control-allow-origin")).toBe("https://good.example");
  expect(response.headers.get("access-control-allow-credentials")).toBe("true");
});

test("allowRequest may be changed while the server runs, and is asked before the protocol is looked at", async () => {
  const running = await start();
  running.engine.opts.allowRequest = (_req, decide) => decide("not now", false);
  expect(await (await running.fetch("EIO=3&transport=polling")).json()).toEqual({ code: 4, message: "not now" });
});

test("peers of handshakes for other paths cannot keep their connections", async () => {
  const running = await start({ destroyUpgradeTimeout: 20 });
  const sockets = [connect(running.port), connect(running.port)];
  for (const socket of sockets) socket.on("error", () => {}).write(handshake("/other"));
  sockets[0]?.write("a byte");
  sockets[0]?.end();
  await Promise.all(sockets.map((socket) => once(socket.resume(), "end")));
  while ((await connections(running.http)) > 0) await new Promise((resolve) => void setImmediate(resolve));
  const late = connect(running.port);
  const closing = await start({ destroyUpgradeTimeout: 60_000 });
  const waiting = closing.raw(handshake("/other"));
  await once(closing.http, "upgrade");
  await closing.engine.close();
  expect(await waiting).toBe("");
  late.destroy();
});

function connections(http: { getConnections(callback: (error: Error | null, count: number) => void): unknown }) {
  return new Promise<number>((resolve, reject) => {
    http.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}
