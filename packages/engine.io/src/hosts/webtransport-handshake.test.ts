import { describe, expect, test } from "vitest";
import { FakeSession, settled } from "../transports/webtransport-session.fixture.ts";
import { arrive, connect, createEngine } from "./webtransport-guest.fixture.ts";

describe("a handshake", () => {
  test.each([
    ["another packet", "4hello"],
    ["a binary packet", Buffer.from("0")],
    ["something that is not JSON", "0{"],
    ["JSON without a session", '0{"id":"x"}'],
    ["an empty session id", '0{"sid":""}'],
    ["null", "0null"],
  ])("that begins with %s is refused, and told of", async (_, packet) => {
    const { engine, refused } = createEngine();
    const { client, session, decided } = arrive(engine);
    client.send(packet);
    await decided;
    expect(session.closings).toEqual([{ closeCode: 400, reason: "Bad request" }]);
    expect(refused).toEqual([
      {
        code: 3,
        context: { name: "TRANSPORT_HANDSHAKE_ERROR", error: expect.objectContaining({ code: "ENGINE_PARSE" }) },
      },
    ]);
  });

  test("that does not come to its end within upgradeTimeout is refused, in each of its steps", async () => {
    const { engine, clock, refused } = createEngine({ upgradeTimeout: 1_000 });
    const noStream = new FakeSession();
    const decided = [engine.onWebTransportSession(noStream)];
    const silent = arrive(engine);
    const slow = arrive(engine);
    slow.client.sendRaw(Uint8Array.of(20, 0x30));
    await settled();
    clock.advance(999);
    expect([noStream, silent.session, slow.session].flatMap(({ closings }) => closings)).toEqual([]);
    clock.advance(1);
    await Promise.all([...decided, silent.decided, slow.decided]);
    for (const { closings } of [noStream, silent.session, slow.session]) {
      expect(closings).toEqual([{ closeCode: 408, reason: "Request timeout" }]);
    }
    expect([refused.length, clock.pendingCount]).toEqual([3, 0]);
  });

  test("keeps little of a client that goes on and on", async () => {
    const { engine } = createEngine();
    const { client, session } = arrive(engine);
    client.sendRaw(Uint8Array.of(126, 0xff, 0xff, 0x30));
    client.sendRaw(Buffer.alloc(4_100, 0x20));
    await settled();
    expect(session.closings).toEqual([{ closeCode: 400, reason: "Bad request" }]);
  });

  test("of a client that leaves is forgotten without a word", async () => {
    const { engine, clock, refused } = createEngine();
    const gone = new FakeSession();
    const decided = [engine.onWebTransportSession(gone)];
    gone.fail(new Error("lost"));
    const finished = arrive(engine);
    finished.client.finish();
    await Promise.all([...decided, finished.decided]);
    clock.advance(60_000); // longer than any wait of the server
    expect([refused, clock.pendingCount, engine.clientsCount]).toEqual([[], 0, 0]);
  });

  test("is refused when the transport is not among those of the server", async () => {
    const { engine, refused } = createEngine({ transports: ["polling", "websocket"] });
    const { client, session, decided } = arrive(engine);
    client.send("0");
    await decided;
    expect(session.closings).toEqual([{ closeCode: 400, reason: "Transport unknown" }]);
    expect(refused).toEqual([{ code: 0, context: { transport: "webtransport" } }]);
  });

  test("is refused for protocol revision 3, whatever the server allows", async () => {
    const { engine } = createEngine();
    const { client, session, decided } = arrive(engine, (each) => (each.header = { ":path": "/?EIO=3" }));
    client.send("0");
    await decided;
    expect(session.closings).toEqual([{ closeCode: 400, reason: "Unsupported protocol version" }]);
  });

  test("is refused while there are too many sessions, and while the server closes", async () => {
    const { engine } = createEngine({ maxSessions: 1 });
    await connect(engine);
    const second = arrive(engine);
    second.client.send("0");
    await second.decided;
    expect(second.session.closings).toEqual([{ closeCode: 503, reason: "Too many sessions" }]);
    void engine.close();
    const third = arrive(engine);
    third.client.send("0");
    await third.decided;
    expect(third.session.closings).toEqual([{ closeCode: 503, reason: "The server is closing" }]);
  });

  test("is refused when no id can be made", async () => {
    const { engine, refused } = createEngine();
    engine.generateId = () => Promise.reject(new Error("no id"));
    const { client, session, decided } = arrive(engine);
    client.send("0");
    await decided;
    expect([session.closings[0]?.closeCode, refused[0]?.code]).toEqual([400, 3]);
  });

  test("opens nothing when the client leaves while its id is made", async () => {
    const { engine, sockets } = createEngine();
    let make: (id: string) => void = () => {};
    engine.generateId = () => new Promise((resolve) => (make = resolve));
    const { client, session } = arrive(engine);
    client.send("0");
    await settled();
    session.end();
    await settled();
    make("late");
    await settled();
    expect([sockets, engine.clientsCount]).toEqual([[], 0]);
  });
});
