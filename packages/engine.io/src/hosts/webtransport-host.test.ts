import type { IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { start } from "../server.fixture.ts";
import type { Server } from "../server.ts";
import { settled } from "../transports/webtransport-session.fixture.ts";
import { arrive, connect, createEngine, TRANSPORTS } from "./webtransport-guest.fixture.ts";

describe("a new session", () => {
  test("opens with the handshake and carries messages both ways", async () => {
    const { engine } = createEngine({ pingInterval: 300, pingTimeout: 200, maxHttpBufferSize: 5_000 });
    const { client, socket, decided } = await connect(engine);
    await decided;
    expect(JSON.parse(String(client.received[0]).slice(1))).toEqual({
      sid: socket.id,
      upgrades: [],
      pingInterval: 300,
      pingTimeout: 200,
      maxPayload: 5_000,
    });
    expect([socket.transport.name, socket.protocol, engine.clientsCount]).toEqual(["webtransport", 4, 1]);
    socket.on("message", (data) => socket.send(data));
    client.send("4é", Buffer.from([1, 2]));
    expect((await client.receive(3)).slice(1)).toEqual(["4é", Uint8Array.of(1, 2)]);
  });

  test("what comes together with the first packet is not lost", async () => {
    const { engine } = createEngine();
    const received: unknown[] = [];
    engine.on("connection", (socket) => socket.on("message", (data) => received.push(data)));
    const { client } = arrive(engine);
    client.send("0", "4a", "4b");
    await settled();
    expect(received).toEqual(["a", "b"]);
  });

  test("has the address, the headers and the query of its client", async () => {
    const { engine } = createEngine();
    const { socket } = await connect(engine);
    expect(socket.remoteAddress).toBe("192.0.2.1");
    expect(socket.handshake).toMatchObject({
      url: "/engine.io/?EIO=4&transport=webtransport",
      secure: true,
      headers: { host: "example.org:3000", origin: "https://example.org:3000" },
    });
    expect(socket.request._query).toMatchObject({ EIO: "4", transport: "webtransport" });
  });

  test("has the id that generateId makes, at once or later", async () => {
    const { engine } = createEngine();
    const queries: unknown[] = [];
    engine.generateId = (request: IncomingMessage) => {
      queries.push(request.url);
      return queries.length === 1 ? "first" : Promise.resolve("second");
    };
    expect((await connect(engine)).socket.id).toBe("first");
    expect((await connect(engine)).socket.id).toBe("second");
    expect(queries).toEqual(Array(2).fill("/engine.io/?EIO=4&transport=webtransport"));
  });

  test("is pinged, and ends when it does not answer", async () => {
    const { engine, clock, closings } = createEngine();
    const { client, session } = await connect(engine);
    clock.advance(25_000);
    expect((await client.receive(2))[1]).toBe("2");
    clock.advance(20_000);
    clock.advance(0);
    await settled();
    clock.advance(0);
    await settled();
    expect(closings).toEqual(["ping timeout"]);
    expect(session.closings).toHaveLength(1);
  });

  test("ends with the session", async () => {
    const { engine, closings } = createEngine();
    const { session } = await connect(engine);
    session.end();
    await settled();
    expect([closings, engine.clientsCount]).toEqual([["transport close"], 0]);
  });

  test("ends with the stream, and then so does its session", async () => {
    const { engine, closings } = createEngine();
    const { client, session } = await connect(engine);
    client.finish();
    await settled();
    expect([closings, session.closings.length]).toEqual([["transport close"], 1]);
  });

  test("is closed by the server after what was sent before", async () => {
    const { engine, closings } = createEngine();
    const { client, session, socket } = await connect(engine);
    client.isAlive = true;
    socket.send("last");
    socket.close();
    expect((await client.receive(2))[1]).toBe("4last");
    await settled();
    expect([closings, session.closings]).toEqual([["forced close"], [undefined]]);
  });

  test("ends at once for a message above maxHttpBufferSize, and nobody else's does", async () => {
    const { engine, closings } = createEngine({ maxHttpBufferSize: 1_000 });
    const [bad, good] = [await connect(engine), await connect(engine)];
    bad.client.sendRaw(Uint8Array.of(126, 3, 233));
    await settled();
    expect([closings, bad.session.closings[0]?.closeCode]).toEqual([["parse error"], 1002]);
    expect([good.socket.readyState, engine.clientsCount]).toEqual(["open", 1]);
  });

  test("ends as a slow consumer when it leaves too much unread", async () => {
    const { engine, closings } = createEngine({ maxQueuedBytes: 100_000, maxWritableBytes: 50_000 });
    const guest = arrive(engine);
    guest.client.send("0");
    await settled();
    const [socket] = Object.values(engine.clients);
    expect(socket?.writable).toBe(true);
    for (let sent = 0; sent < 10; sent++) {
      socket?.send("x".repeat(30_000));
      if (sent === 3) expect([socket?.writable, socket?.bufferedBytes]).toEqual([false, expect.any(Number)]);
    }
    await settled();
    expect([closings, guest.session.closings[0]?.closeCode]).toEqual([["slow consumer"], 1008]);
  });
});

describe("the application decides", () => {
  test("allowRequest sees the request, and its message reaches the client", async () => {
    const seen: unknown[] = [];
    const { engine, refused } = createEngine({
      allowRequest: (request, decide) => {
        seen.push(request.headers["origin"], request.socket.remoteAddress);
        setImmediate(() => decide("not today", false));
      },
    });
    const { client, session, decided } = arrive(engine);
    client.send("0");
    await decided;
    expect(seen).toEqual(["https://example.org:3000", "192.0.2.1"]);
    expect(session.closings).toEqual([{ closeCode: 403, reason: "not today" }]);
    expect(refused).toEqual([{ code: 4, context: { message: "not today" } }]);
  });

  test("allowRequest may take its time, and what it says of a client that has left does not matter", async () => {
    const verdicts: ((allowed: boolean) => void)[] = [];
    const { engine, clock, refused, sockets } = createEngine({
      upgradeTimeout: 1_000,
      allowRequest: (_request, decide) => void verdicts.push((allowed) => decide(null, allowed)),
    });
    const guests = [arrive(engine), arrive(engine), arrive(engine)];
    for (const { client } of guests) client.send("0");
    await settled();
    clock.advance(5_000);
    for (const { session } of guests.slice(1)) session.end();
    await settled();
    [true, true, false].forEach((allowed, index) => verdicts[index]?.(allowed));
    await Promise.all(guests.map(({ decided }) => decided));
    expect([sockets.length, engine.clientsCount, refused]).toEqual([1, 1, []]);
  });

  test("a long message is cut, as a session's reason has a limit", async () => {
    const { engine } = createEngine({ allowRequest: (_request, decide) => decide("é".repeat(2_000), false) });
    const { client, session, decided } = arrive(engine);
    client.send("0");
    await decided;
    expect(Buffer.byteLength(session.closings[0]?.reason ?? "")).toBe(600);
  });

  test("middlewares run, may keep something on the request, and may refuse", async () => {
    const { engine, sockets } = createEngine();
    let verdict: unknown;
    engine.use((request, response, next) => {
      response.setHeader("x-seen", "1");
      Object.assign(request, { user: "ada" });
      next(verdict);
    });
    await connect(engine);
    expect(sockets[0]?.request).toMatchObject({ user: "ada" });
    verdict = new Error("no");
    const { client, session, decided } = arrive(engine);
    client.send("0");
    await decided;
    expect(session.closings).toEqual([{ closeCode: 400, reason: "Bad request" }]);
  });

  test("a middleware that answers itself refuses the client", async () => {
    const { engine } = createEngine();
    engine.use((_request, response) => void response.writeHead(401).end());
    const { client, session, decided } = arrive(engine);
    client.send("0");
    await decided;
    expect(session.closings).toEqual([{ closeCode: 403, reason: "Forbidden" }]);
  });

  test("a middleware learns when the client has left", async () => {
    const { engine } = createEngine();
    const left = new Promise<void>((resolve) => engine.use((_request, response) => void response.on("close", resolve)));
    const { client, session, decided } = arrive(engine);
    client.send("0");
    await settled();
    session.end();
    await Promise.all([left, decided]);
  });

  test("a middleware that ends the request's connection later ends the session", async () => {
    const { engine, closings } = createEngine();
    engine.use((_request, _response, next) => next());
    const { socket } = await connect(engine);
    socket.request.socket.destroy();
    await settled();
    expect(closings).toEqual(["transport close"]);
  });

  test.each([
    ["allowRequest", createEngine({ allowRequest: (_request, decide) => decide(null, true) })],
    ["middlewares", createEngine({ cors: {} })],
  ])("nobody is let in unseen by %s when the session does not tell its headers", async (_, { engine, refused }) => {
    const { client, session, decided } = arrive(engine, (each) => delete each.header);
    client.send("0");
    await decided;
    expect(session.closings).toEqual([{ closeCode: 403, reason: "Forbidden" }]);
    expect(refused).toEqual([{ code: 4, context: { name: "HEADERS_UNKNOWN" } }]);
  });

  test("a session that tells nothing is let in where nobody asks", async () => {
    const { engine } = createEngine();
    const { client } = arrive(engine, (session) => {
      delete session.header;
      session.peerAddress = undefined;
    });
    client.send("0");
    await client.receive(1);
    expect(Object.values(engine.clients).map(({ remoteAddress }) => remoteAddress)).toEqual([""]);
  });

  test("pages of other origins are let in only if cors allows them", async () => {
    const { engine, refused } = createEngine({ cors: { origin: "https://app.example" } });
    const origins = ["https://app.example", "https://example.org:3000", "https://evil.example"];
    const guests = origins.map((origin) =>
      arrive(engine, (session) => Object.assign(session.header ?? {}, { origin })),
    );
    for (const { client } of guests) client.send("0");
    await Promise.all(guests.map(({ decided }) => decided));
    expect(guests.map(({ session }) => session.closings)).toEqual([[], [], [{ closeCode: 403, reason: "Forbidden" }]]);
    expect(refused).toEqual([{ code: 4, context: { name: "ORIGIN_NOT_ALLOWED", origin: "https://evil.example" } }]);
  });
});

describe("closing the server", () => {
  test("says 1001 to open sessions after their last message, and ends handshakes", async () => {
    const { engine, closings } = createEngine();
    const { client, session, socket } = await connect(engine);
    const half = arrive(engine);
    client.isAlive = true;
    socket.send("last");
    const closed = engine.close();
    expect((await client.receive(2))[1]).toBe("4last");
    await closed;
    expect(session.closings).toEqual([{ closeCode: 1001, reason: "server shutting down" }]);
    expect(half.session.closings).toEqual([{ closeCode: 503, reason: "The server is closing" }]);
    expect([closings, engine.clientsCount]).toEqual([["server shutting down"], 0]);
  });

  test("does not wait for clients that read nothing longer than closeTimeout", async () => {
    const { engine, clock, closings } = createEngine({ closeTimeout: 5_000 });
    const guest = arrive(engine);
    guest.client.send("0");
    await settled();
    const closed = engine.close();
    clock.advance(5_000);
    await closed;
    clock.advance(60_000); // longer than any wait of the server
    expect([closings.length, guest.session.closings.length]).toEqual([1, 1]);
    expect(clock.pendingCount).toBe(0);
  });
});

describe("an upgrade from long-polling", () => {
  test("is offered, and moves the session without losing anything", async () => {
    const running = await start({ transports: TRANSPORTS, closeTimeout: 50 });
    const opened = await running.fetchText("EIO=4&transport=polling");
    const { sid, upgrades }: { sid: string; upgrades: string[] } = JSON.parse(opened.slice(1));
    expect(upgrades).toEqual(["websocket", "webtransport"]);
    const socket = running.session(sid);
    const received: unknown[] = [];
    socket.on("message", (data) => received.push(data));

    const { client } = arrive(running.engine);
    client.send(`0{"sid":"${sid}"}`, "2probe");
    expect(await client.receive(1)).toEqual(["3probe"]);
    socket.send("over polling");
    expect(await running.fetchText(`EIO=4&transport=polling&sid=${sid}`)).toBe("4over polling");
    await running.fetchText(`EIO=4&transport=polling&sid=${sid}`); // released for the upgrade
    const upgraded = new Promise((resolve) => socket.once("upgrade", resolve));
    client.send("5", "4after");
    await upgraded;
    socket.send("over the stream");
    expect((await client.receive(2))[1]).toBe("4over the stream");
    await settled();
    expect([socket.upgraded, socket.transport.name, received]).toEqual([true, "webtransport", ["after"]]);
  });

  test.each([
    ["an unknown session", async () => "nobody", 1],
    ["a session on another transport", async (engine: Server) => (await connect(engine)).socket.id, 3],
  ])("of %s is refused", async (_, sidOf, code) => {
    const { engine, refused } = createEngine();
    const sid = await sidOf(engine);
    const { client, session, decided } = arrive(engine);
    client.send(`0{"sid":"${sid}"}`);
    await decided;
    expect([session.closings[0]?.closeCode, refused[0]?.code]).toEqual([400, code]);
  });

  test("is refused while another one is under way, and ends with its session's end", async () => {
    const running = await start({ transports: TRANSPORTS, closeTimeout: 50 });
    const sid = await running.open();
    const [first, second] = [arrive(running.engine), arrive(running.engine)];
    first.client.send(`0{"sid":"${sid}"}`, "2probe");
    await first.client.receive(1);
    second.client.send(`0{"sid":"${sid}"}`);
    await second.decided;
    expect(second.session.closings).toEqual([{ closeCode: 400, reason: "Bad request" }]);
    running.session(sid).close(true);
    await settled();
    expect(first.session.closings).toHaveLength(1);
  });

  test("is refused when another one was faster while a middleware took its time", async () => {
    const running = await start({ transports: TRANSPORTS, closeTimeout: 50 });
    const sid = await running.open();
    const waiting: (() => void)[] = [];
    running.engine.use((_request, _response, next) => void waiting.push(next));
    const [first, second] = [arrive(running.engine), arrive(running.engine)];
    for (const { client } of [first, second]) client.send(`0{"sid":"${sid}"}`, "2probe");
    await settled();
    for (const next of waiting) setImmediate(next);
    await second.decided;
    expect(await first.client.receive(1)).toEqual(["3probe"]);
    expect(second.session.closings[0]?.closeCode).toBe(400);
    expect(running.refused).toHaveLength(1);
  });

  test("that comes to nothing leaves the session on long-polling", async () => {
    const running = await start({ transports: TRANSPORTS, closeTimeout: 50 });
    const sid = await running.open();
    const { client, session } = arrive(running.engine);
    client.send(`0{"sid":"${sid}"}`, "4too early");
    await settled();
    expect(session.closings).toHaveLength(1);
    running.session(sid).send("still here");
    expect(await running.fetchText(`EIO=4&transport=polling&sid=${sid}`)).toBe("4still here");
  });
});

test("no request reaches the transport over HTTP", async () => {
  const running = await start({ transports: TRANSPORTS, closeTimeout: 50 });
  const answer = await running.fetch("EIO=4&transport=webtransport");
  expect([answer.status, await answer.json()]).toEqual([400, { code: 0, message: "Transport unknown" }]);
});
