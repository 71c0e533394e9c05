import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { request, start, UPGRADE_HEADERS } from "./server.fixture.ts";

test("close ends sessions on every transport, flushes them, and leaves none", async () => {
  const running = await start();
  const client = await running.connect().opened();
  await client.receive(1);
  const waiting = await running.open();
  const absent = await running.open();
  const poll = running.fetchText(`EIO=4&transport=polling&sid=${waiting}`);
  while (!running.session(waiting).writable) await new Promise((resolve) => void setImmediate(resolve));
  for (const session of Object.values(running.engine.clients)) session.send("last");
  const closed = running.engine.close();
  expect(running.engine.close()).toBe(closed);
  expect(await poll).toBe("4last");
  expect(await client.closed).toBe(1001);
  expect(client.received.at(-1)).toBe("4last");
  expect(await running.fetchText(`EIO=4&transport=polling&sid=${waiting}`)).toBe("1");
  for (const answer of ["4last", "1"]) {
    expect(await running.fetchText(`EIO=4&transport=polling&sid=${absent}`)).toBe(answer);
  }
  await closed;
  expect(running.engine.clientsCount).toBe(0);
  expect(running.closings).toEqual(Array(3).fill("server shutting down"));
});

test("new handshakes are refused while the server closes", async () => {
  const running = await start();
  const sid = await running.open();
  running.session(sid).send("last"); // keeps the server waiting
  const closed = running.engine.close();
  expect((await running.fetch("EIO=4&transport=polling")).status).toBe(503);
  const answer = await running.raw(request("GET", running.path("EIO=4&transport=websocket"), UPGRADE_HEADERS));
  expect(answer).toMatch(/^HTTP\/1.1 503 /);
  for (const answer of ["4last", "1"]) {
    expect(await running.fetchText(`EIO=4&transport=polling&sid=${sid}`)).toBe(answer);
  }
  await closed;
});

test("sessions may be refused while those that are open go on", async () => {
  const running = await start();
  const sid = await running.open();
  const client = running.connect();
  await client.receive(1);
  running.engine.refuseSessions();
  const refused = await running.fetch("EIO=4&transport=polling");
  expect([refused.status, refused.headers.get("connection")]).toEqual([503, "close"]);
  running.session(sid).send("still there");
  expect(await running.fetchText(`EIO=4&transport=polling&sid=${sid}`)).toBe("4still there");
  expect(client.received).toHaveLength(1);
  expect(running.closings).toEqual([]);
});

test("what does not close in time is ended", async () => {
  const running = await start({ closeTimeout: 100 });
  const stubborn = running.raw(request("GET", running.path("EIO=4&transport=websocket"), UPGRADE_HEADERS));
  const undecided = await start({ closeTimeout: 100, allowRequest: () => {} });
  const hanging = undecided.raw(request("GET", undecided.path("EIO=4&transport=websocket"), UPGRADE_HEADERS));
  const deaf = running.connect();
  await deaf.receive(1);
  deaf.pause();
  const absent = await running.open();
  running.session(absent).send("never taken");
  while (running.engine.clientsCount < 3) await new Promise((resolve) => void setImmediate(resolve));
  for (const session of Object.values(running.engine.clients)) {
    if (session.transport.name === "websocket")
      for (let count = 0; count < 5; count++) session.send("x".repeat(900_000));
  }
  await Promise.all([running.engine.close(), undecided.engine.close()]);
  expect(running.engine.clientsCount).toBe(0);
  await Promise.all([stubborn, hanging]); // their connections are closed
  deaf.terminate();
});

test("closing a server that was never attached, or twice, is no error", async () => {
  const running = await start();
  await running.engine.close();
  await running.engine.close();
});

test("N writes and then close: all arrive", async () => {
  const running = await start();
  running.engine.on("connection", (socket) => {
    for (let count = 0; count < 500; count++) socket.send(`${count}`);
    socket.close();
  });
  const client = running.connect();
  await client.closed;
  expect(client.received.slice(1)).toEqual(Array.from({ length: 500 }, (_, count) => `4${count}`));
  expect(running.closings).toEqual(["forced close"]);
});

test("a client that goes away ends its session", async () => {
  const running = await start();
  for (const leave of ["close", "terminate"] as const) {
    const client = await running.connect().opened();
    await client.receive(1);
    const [session] = Object.values(running.engine.clients);
    const closed = new Promise((resolve) => session?.once("close", resolve));
    client[leave]();
    expect(await closed).toBe("transport close");
  }
});

test("a frozen client is noticed by the heartbeat, and so is one that does not poll", async () => {
  const running = await start({ pingInterval: 50, pingTimeout: 50 });
  const client = await running.connect().opened();
  await client.receive(1);
  const sid = await running.open();
  await Promise.all(
    Object.values(running.engine.clients).map((session) => new Promise((resolve) => session.once("close", resolve))),
  );
  expect(running.closings).toEqual(["ping timeout", "ping timeout"]);
  expect(running.engine.clients[sid]).toBeUndefined();
});

test("peers that do not answer the close frame are not waited for", async () => {
  const running = await start({ closeTimeout: 50 });
  const bad = connect(running.port).on("error", () => {});
  bad.write(request("GET", running.path("EIO=4&transport=websocket"), UPGRADE_HEADERS));
  await once(bad, "data");
  const gone = once(bad.resume(), "close");
  bad.write(Buffer.from([0x83, 0x80, 0, 0, 0, 0])); // a reserved opcode
  const [session] = Object.values(running.engine.clients);
  await new Promise((resolve) => session?.once("close", resolve));
  await running.engine.close();
  await gone;
});

test("a connection that is gone already is not waited for", async () => {
  const running = await start({ maxPacketsPerTurn: 1, closeTimeout: 20_000 });
  const closed = new Promise((resolve) => {
    running.engine.on("connection", (socket) => {
      let count = 0;
      socket.on("message", () => void (++count === 300 && socket.close()));
      socket.on("close", resolve);
    });
  });
  const client = await running.connect().opened();
  for (let count = 0; count < 500; count++) client.send("4a");
  client.terminate();
  await closed;
  await running.engine.close();
}, 10_000);
