import { IncomingMessage } from "node:http";
import { Socket as NetSocket } from "node:net";
import type { Untyped } from "@halyard/contracts";
import { expect, test } from "vitest";
import { request, start, UPGRADE_HEADERS, type Running } from "./server.fixture.ts";
import type { Socket } from "./socket.ts";

const refusals: [
  what: string,
  method: string,
  query: (running: Running) => Promise<string> | string,
  status: number,
  body: readonly [code: number, message: string],
  context: unknown,
][] = [
  ["an unknown transport", "GET", () => "EIO=4&transport=abc", 400, [0, "Transport unknown"], { transport: "abc" }],
  ["no transport", "GET", () => "EIO=4", 400, [0, "Transport unknown"], { transport: undefined }],
  [
    "a member of objects as transport",
    "GET",
    () => "EIO=4&transport=constructor",
    400,
    [0, "Transport unknown"],
    {
      transport: "constructor",
    },
  ],
  ["an unknown session", "GET", () => "EIO=4&transport=polling&sid=x", 400, [1, "Session ID unknown"], { sid: "x" }],
  [
    "a member of objects as session",
    "GET",
    () => "EIO=4&transport=polling&sid=__proto__",
    400,
    [1, "Session ID unknown"],
    {
      sid: "__proto__",
    },
  ],
  [
    "a handshake by POST",
    "POST",
    () => "EIO=4&transport=polling",
    400,
    [2, "Bad handshake method"],
    { method: "POST" },
  ],
  [
    "WebSocket without an upgrade",
    "GET",
    () => "EIO=4&transport=websocket",
    400,
    [3, "Bad request"],
    {
      name: "TRANSPORT_HANDSHAKE_ERROR",
    },
  ],
  ["an old client", "GET", () => "EIO=3&transport=polling", 400, [5, "Unsupported protocol version"], { protocol: 3 }],
  [
    "a client that does not say its version",
    "GET",
    () => "transport=polling",
    400,
    [5, "Unsupported protocol version"],
    {
      protocol: 3,
    },
  ],
  [
    "another version than the session's",
    "GET",
    async (running) => `EIO=3&transport=polling&sid=${await running.open()}`,
    400,
    [3, "Bad request"],
    { name: "PROTOCOL_MISMATCH", protocol: 3, previousProtocol: 4 },
  ],
  [
    "another transport than the session's",
    "GET",
    async (running) => `EIO=4&transport=websocket&sid=${await running.open()}`,
    400,
    [3, "Bad request"],
    { name: "TRANSPORT_MISMATCH", transport: "websocket", previousTransport: "polling" },
  ],
];

test.each(refusals)("%s is refused", async (_what, method, query, status, [code, message], context) => {
  const running = await start();
  const target = running.path(await query(running));
  const answer = await running.raw(request(method, target, { Connection: "close" }));
  expect(answer).toContain(`HTTP/1.1 ${status} `);
  expect(answer).toContain("Content-Type: application/json");
  expect(answer).toContain(JSON.stringify({ code, message }));
  expect(running.refused.map((error) => [error.code, error.message, error.context])).toEqual([
    [code, message, context],
  ]);
});

const upgradeRefusals: [what: string, query: (running: Running) => Promise<string> | string, body: string][] = [
  ["an unknown transport", () => "EIO=4&transport=abc", "Transport unknown"],
  ["long-polling", () => "EIO=4&transport=polling", "Bad request"],
  ["an unknown session", () => "EIO=4&transport=websocket&sid=x", "Session ID unknown"],
  ["an old client", () => "EIO=3&transport=websocket", "Unsupported protocol version"],
  [
    "a session that is on WebSocket already",
    async (running) => {
      const [handshake] = await running.connect().receive(1);
      const { sid }: { sid: string } = JSON.parse(String(handshake).slice(1));
      return `EIO=4&transport=websocket&sid=${sid}`;
    },
    "Bad request",
  ],
  [
    "a session that is about to upgrade",
    async (running) => {
      const query = `EIO=4&transport=websocket&sid=${await running.open()}`;
      await running.connect(query).opened();
      return query;
    },
    "Bad request",
  ],
];

test.each(upgradeRefusals)("a WebSocket handshake for %s is refused with plain HTTP", async (_what, query, body) => {
  const running = await start();
  const answer = await running.raw(request("GET", running.path(await query(running)), UPGRADE_HEADERS));
  expect(answer).toBe(
    `HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-type: text/html\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  expect(running.refused).toHaveLength(1);
});

test("a WebSocket handshake that the WebSocket protocol does not allow is refused", async () => {
  const running = await start();
  const target = running.path("EIO=4&transport=websocket");
  const answer = await running.raw(request("GET", target, { ...UPGRADE_HEADERS, "Sec-WebSocket-Key": "x" }));
  expect(answer).toMatch(/^HTTP\/1.1 400 /);
  expect(running.engine.clientsCount).toBe(0);
});

test("an origin that is no header value is refused", async () => {
  const running = await start();
  const target = running.path("EIO=4&transport=polling");
  const answer = await running.raw(request("GET", target, { Origin: "\u0001", Connection: "close" }));
  // Node.js itself refuses control characters nowadays
  expect(answer).toMatch(/^HTTP\/1.1 400 /);
});

test.each(["PUT", "DELETE", "PATCH", "OPTIONS"])("%s on a session is answered with 405", async (method) => {
  const running = await start();
  const sid = await running.open();
  const response = await running.fetch(`EIO=4&transport=polling&sid=${sid}`, { method });
  expect(response.status).toBe(405);
  expect(running.engine.clientsCount).toBe(1);
});

test("other paths go to the other listeners, or to nobody", async () => {
  const alone = await start();
  expect((await fetch(`http://127.0.0.1:${alone.port}/other`)).status).toBe(404);
  const withListener = await start({ path: "/mine" }, (_request, response) => response.end("other"));
  expect(await (await fetch(`http://127.0.0.1:${withListener.port}/other`)).text()).toBe("other");
  expect(await (await fetch(`http://127.0.0.1:${withListener.port}/mine/?EIO=4&transport=polling`)).text()).toMatch(
    /^0/,
  );
});

test("a WebSocket handshake for another path that nobody answers is ended", async () => {
  const running = await start({ destroyUpgradeTimeout: 20 });
  expect(await running.raw(request("GET", "/other", UPGRADE_HEADERS))).toBe("");
});

test("the handshake tells what the client needs to know", async () => {
  const running = await start({ pingInterval: 1_234, pingTimeout: 567, maxHttpBufferSize: 89 });
  const expected = { sid: expect.stringMatching(/^[\w-]{20}$/), pingInterval: 1_234, pingTimeout: 567, maxPayload: 89 };
  const overPolling = await (await running.fetch("EIO=4&transport=polling")).text();
  expect(JSON.parse(overPolling.slice(1))).toEqual({ ...expected, upgrades: ["websocket"] });
  const [overWebSocket] = await running.connect().receive(1);
  expect(JSON.parse(String(overWebSocket).slice(1))).toEqual({ ...expected, upgrades: [] });
});

test("a session over long-polling carries text and binary both ways", async () => {
  const running = await start();
  running.engine.on("connection", (socket) => socket.on("message", (message) => socket.send(message)));
  const query = `EIO=4&transport=polling&sid=${await running.open()}`;
  const answer = await running.fetch(query, { method: "POST", body: "4é\x1ebAQID" });
  expect([answer.status, answer.headers.get("content-type"), await answer.text()]).toEqual([200, "text/html", "ok"]);
  const poll = await running.fetch(query);
  expect(poll.headers.get("content-type")).toBe("text/plain; charset=UTF-8");
  expect(poll.headers.get("cache-control")).toBe("no-store");
  expect(await poll.text()).toBe("4é\x1ebAQID");
});

test("a session over WebSocket carries text and binary of all sizes both ways", async () => {
  const running = await start();
  running.engine.on("connection", (socket) => socket.on("message", (message) => socket.send(message)));
  const client = await running.connect().opened();
  const texts = [
    "",
    "a",
    "é",
    "x".repeat(124),
    "x".repeat(125),
    "x".repeat(65_534),
    "x".repeat(65_535),
    "日".repeat(90_000),
  ];
  for (const text of texts) client.send(`4${text}`);
  for (const length of [0, 1, 125, 126, 65_535, 65_536, 900_000]) client.send(Buffer.alloc(length, length % 251));
  const received = (await client.receive(16)).slice(1);
  expect(received.slice(0, 8).map((text) => String(text).slice(1) === texts.shift())).toEqual(Array(8).fill(true));
  expect(received.slice(8).map((bytes) => bytes.length)).toEqual([0, 1, 125, 126, 65_535, 65_536, 900_000]);
});

test("revision 3 is served when it is allowed, over both transports", async () => {
  const running = await start({ allowEIO3: true });
  running.engine.on("connection", (socket) => socket.on("message", (message) => socket.send(message)));
  const query = `EIO=3&transport=polling&b64=1&sid=${await running.open(3)}`;
  expect(await (await running.fetch(query, { method: "POST", body: "3:4hé1:2" })).text()).toBe("ok");
  expect(await (await running.fetch(query)).text()).toBe("3:4hé1:3");
  const client = await running.connect("EIO=3&transport=websocket").opened();
  client.send("2");
  client.send("4hi");
  client.send(Buffer.from([4, 1, 2]));
  expect((await client.receive(4)).slice(1)).toEqual(["3", "4hi", Buffer.from([4, 1, 2])]);
});

test("ids may be made asynchronously", async () => {
  const running = await start();
  let count = 0;
  running.engine.generateId = () => Promise.resolve(`id ${count++} "`);
  expect(await running.open()).toBe('id 0 "');
  const [handshake] = await running.connect().receive(1);
  expect(JSON.parse(String(handshake).slice(1))).toMatchObject({ sid: 'id 1 "' });
  expect(Object.keys(running.engine.clients)).toEqual(['id 0 "', 'id 1 "']);
});

test.each([
  [
    "throws",
    () => {
      throw new Error("no id");
    },
  ],
  ["rejects", () => Promise.reject(new Error("no id"))],
])("generateId that %s refuses the handshake", async (_what, generateId: () => Promise<string>) => {
  const running = await start();
  running.engine.generateId = generateId;
  expect((await running.fetch("EIO=4&transport=polling")).status).toBe(400);
  const answer = await running.raw(request("GET", running.path("EIO=4&transport=websocket"), UPGRADE_HEADERS));
  expect(answer).toMatch(/^HTTP\/1.1 400 /);
  expect(running.refused.map(({ context }) => context["name"])).toEqual(["ID_GENERATION_ERROR", "ID_GENERATION_ERROR"]);
});

test("an id that is in use is no id", async () => {
  const running = await start();
  running.engine.generateId = () => "same";
  await running.open();
  expect((await running.fetch("EIO=4&transport=polling")).status).toBe(400);
  expect(running.engine.clientsCount).toBe(1);
});

test("allowRequest decides about handshakes, of both transports, and only about those", async () => {
  const asked: (string | undefined)[] = [];
  const running = await start({
    allowRequest: (req, decide) => {
      asked.push(req.url);
      setImmediate(() => decide("not you", !req.url?.includes("bad")));
    },
  });
  const refusedPolling = await running.fetch("EIO=4&transport=polling&bad");
  expect([refusedPolling.status, await refusedPolling.json()]).toEqual([403, { code: 4, message: "not you" }]);
  const refusedUpgrade = await running.raw(
    request("GET", running.path("EIO=4&transport=websocket&bad"), UPGRADE_HEADERS),
  );
  expect(refusedUpgrade).toMatch(/^HTTP\/1.1 400 Bad Request\r\n[^]*not you$/);
  expect(running.refused.map(({ code, context }) => [code, context])).toEqual([
    [4, { message: "not you" }],
    [4, { message: "not you" }],
  ]);
  await running.connect().receive(1);
  const sid = await running.open();
  await running.fetch(`EIO=4&transport=polling&sid=${sid}`, { method: "POST", body: "4a" });
  expect(asked).toHaveLength(4);
});

test("allowRequest that fails refuses", async () => {
  for (const allowRequest of [
    () => {
      throw new Error("broken");
    },
    () => Promise.reject(new Error("broken")),
  ]) {
    const running = await start({ allowRequest });
    expect((await running.fetch("EIO=4&transport=polling")).status).toBe(403);
  }
});

test("no more sessions than allowed", async () => {
  const running = await start({ maxSessions: 1 });
  const sid = await running.open();
  expect((await running.fetch("EIO=4&transport=polling")).status).toBe(503);
  const answer = await running.raw(request("GET", running.path("EIO=4&transport=websocket"), UPGRADE_HEADERS));
  expect(answer).toMatch(/^HTTP\/1.1 503 Service Unavailable\r\n/);
  running.session(sid).close(true);
  expect((await running.fetch("EIO=4&transport=polling")).status).toBe(200);
});

test("initialPacket comes with the handshake", async () => {
  const running = await start({ initialPacket: "welcome" });
  expect(await (await running.fetch("EIO=4&transport=polling")).text()).toMatch(/^0\{.*\}.4welcome$/);
  expect((await running.connect().receive(2))[1]).toBe("4welcome");
});

test("the cookie carries the session's id, on the first answer only", async () => {
  const running = await start({ cookie: { name: "test", maxAge: 60 } });
  const first = await running.fetch("EIO=4&transport=polling");
  const { sid }: { sid: string } = JSON.parse((await first.text()).slice(1));
  expect(first.headers.get("set-cookie")).toBe(`test=${sid}; Max-Age=60; Path=/; HttpOnly; SameSite=Lax`);
  const second = await running.fetch(`EIO=4&transport=polling&sid=${sid}`, { method: "POST", body: "4a" });
  expect(second.headers.get("set-cookie")).toBeNull();
  const plain = await start({ cookie: true });
  expect((await plain.fetch("EIO=4&transport=polling")).headers.get("set-cookie")).toMatch(/^io=/);
});

test("listeners may add headers to the first answer and to all answers", async () => {
  const running = await start();
  running.engine.on("initial_headers", (headers) => (headers["x-initial"] = "1"));
  running.engine.on("headers", (headers, req) => (headers["x-all"] = [String(req.method), "2"]));
  const first = await running.fetch("EIO=4&transport=polling");
  expect([first.headers.get("x-initial"), first.headers.get("x-all")]).toEqual(["1", "GET, 2"]);
  const { sid }: { sid: string } = JSON.parse((await first.text()).slice(1));
  const second = await running.fetch(`EIO=4&transport=polling&sid=${sid}`, { method: "POST", body: "4a" });
  expect([second.headers.get("x-initial"), second.headers.get("x-all")]).toEqual([null, "POST, 2"]);
  const upgrade = request("GET", running.path("EIO=4&transport=websocket"), UPGRADE_HEADERS);
  expect(await running.raw(upgrade, /\r\n\r\n/)).toMatch(/\r\nx-initial: 1\r\nx-all: GET\r\nx-all: 2\r\n/);
});

test("answers are compressed from the threshold on, if the client can read that", async () => {
  const running = await start({ httpCompression: { threshold: 100 } });
  const sid = await running.open();
  const poll = async (length: number, encoding: string, compress = true): Promise<[string | null, number]> => {
    running.session(sid).send("x".repeat(length), { compress });
    const response = await running.fetch(`EIO=4&transport=polling&sid=${sid}`, {
      headers: { "accept-encoding": encoding },
    });
    return [response.headers.get("content-encoding"), (await response.text()).length];
  };
  expect(await poll(98, "gzip")).toEqual([null, 99]);
  expect(await poll(99, "gzip")).toEqual(["gzip", 100]);
  expect(await poll(99, "gzip;q=0, deflate")).toEqual(["deflate", 100]);
  expect(await poll(99, "br")).toEqual([null, 100]);
  expect(await poll(99, "gzip", false)).toEqual([null, 100]);
});

test("the request is what the application has touched, or as good as that", async () => {
  const running = await start();
  const sid = await running.open();
  const { request: first } = running.session(sid);
  expect(first.url).toBe("/engine.io/?EIO=4&transport=polling&b64=1");
  expect(first.headers.host).toBe(`127.0.0.1:${running.port}`);
  expect(first._query).toEqual({ EIO: "4", transport: "polling", b64: "1" });
  expect(first.socket.remoteAddress).toBe("127.0.0.1");
  expect(running.session(sid).request).toBe(first);
  expect(running.session(sid).handshake).toMatchObject({ url: first.url, secure: false, headers: first.headers });
});

test("what generateId leaves on the request stays there", async () => {
  const running = await start();
  running.engine.generateId = (request) => {
    Object.assign(request, { user: "Ada" });
    return "of Ada";
  };
  const sid = await running.open();
  expect(running.session(sid).request).toMatchObject({ user: "Ada" });
});

test("an application may set the request to null to save memory, or replace it", async () => {
  const running = await start();
  running.engine.use((request, _response, next) => {
    Object.assign(request, { large: "x" });
    next();
  });
  running.engine.on("connection", (socket: Untyped) => (socket.request = null));
  const session: Untyped = running.session(await running.open());
  expect(session.request.url).toContain("transport=polling");
  expect("large" in session.request).toBe(false);
  const other = Object.assign(new IncomingMessage(new NetSocket()), { _query: {} });
  session.request = other;
  session.releaseRequest();
  expect(session.request).toBe(other);
});

test("throwing listeners are reported, and nothing breaks", async () => {
  const running = await start();
  const reported: unknown[] = [];
  const error = new Error("broken");
  running.engine.on("error", (...args) => reported.push(args));
  running.engine.on("connection", (socket: Socket) => {
    socket.on("message", (message) => {
      socket.send(message);
      throw error;
    });
    throw error;
  });
  const client = await running.connect().opened();
  client.send("4a");
  client.send("4b");
  expect((await client.receive(3)).slice(1)).toEqual(["4a", "4b"]);
  expect(reported).toEqual([[error], [error, expect.anything()], [error, expect.anything()]]);
});
