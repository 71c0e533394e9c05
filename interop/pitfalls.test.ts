import { randomBytes } from "node:crypto";
import { request } from "node:http";
import type { Server, Socket as ServerSocket } from "socket.io";
import { describe, expect, test } from "vitest";
import type { Adapter, AdapterFactory, ServerStats } from "@halyard/server";
import { serverEnds } from "./ends.ts";
import { collect, eventually, once, record } from "./events.ts";
import { Random, seedOf } from "./random.ts";
import { timesPerSecond } from "./rate.ts";
import { frame, openWebSocket, rawFrames, rawHttp, rawPolling, rawWebSocket, requestText } from "./raw.ts";
import { connected } from "./rig.ts";
import { stall } from "./stall.ts";
import { serveEnd, stockClient, stockLink } from "./stock.ts";

/**
 * What users of the incumbent are bitten by, shown to do no harm here: each test has the number and the words of the symptom.
 * What other tests show already is not here.
 */
const [end] = serverEnds.filter((each) => each.ours);
if (end === undefined) throw new Error("there is no server of ours");

function statsOf(io: Server): ServerStats {
  return (io as unknown as { stats(): ServerStats }).stats();
}

/** An adapter that never gets anywhere, like one whose backend hangs. */
const hanging: AdapterFactory = (): Adapter => ({
  start: () => new Promise(() => {}),
  serverCount: () => new Promise(() => {}),
  publish: () => {},
  query: (_query, signal) => ({
    [Symbol.asyncIterator]: () => ({
      next: () =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("silent")))),
    }),
  }),
  close: () => Promise.resolve(),
});

const withHangingAdapter = { adapter: hanging } as object;

describe("3: an acknowledgement overtakes an earlier emit, and emit-then-disconnect loses the event", () => {
  test("emit, acknowledge and disconnect in one turn arrive in that order although the adapter hangs", async () => {
    const server = await serveEnd(end, withHangingAdapter);
    server.io.on("connection", (socket) =>
      socket.on("go", (reply) => {
        socket.emit("event", 1);
        server.io.to(socket.id).emit("event", 2);
        reply();
        server.io.emit("event", 3);
        socket.emit("event", 4);
        socket.disconnect();
      }),
    );
    const { peer } = await stockLink(server);
    const order: unknown[] = [];
    peer.on("event", (n) => order.push(n));
    const left = once(peer, "disconnect");
    peer.emit("go", () => order.push("answer"));
    await left;
    expect(order).toEqual([1, 2, "answer", 3, 4]);
  });

  for (const transports of [["websocket"], ["polling"]])
    test(`whatever way packets take to a client over ${String(transports)}, they keep their order`, async () => {
      const random = new Random(seedOf(`order over ${String(transports)}`));
      const server = await serveEnd(end, withHangingAdapter);
      const { peer, socket } = await stockLink(server, "/", { transports });
      await socket.join("room");
      const { io } = server;
      const seen: unknown[] = [];
      peer.on("event", (n, ...rest) => {
        seen.push(n);
        if (typeof rest.at(-1) === "function") rest.at(-1)();
      });
      const ways: ((n: number, bytes: Buffer[]) => unknown)[] = [
        (n, bytes) => socket.emit("event", n, ...bytes),
        (n, bytes) => socket.compress(false).emit("event", n, ...bytes),
        (n, bytes) => socket.timeout(20_000).emit("event", n, ...bytes, () => {}),
        (n, bytes) => socket.emitWithAck("event", n, ...bytes).catch(() => {}), // the test may be over before the answer
        (n, bytes) => io.emit("event", n, ...bytes),
        (n, bytes) => io.to("room").emit("event", n, ...bytes),
        (n, bytes) =>
          io.local
            .to(socket.id)
            .except("nobody")
            .emit("event", n, ...bytes),
        (n, bytes) => io.local.timeout(20_000).emit("event", n, ...bytes, () => {}),
        (n, bytes) =>
          io
            .of("/")
            .to("room")
            .compress(false)
            .emit("event", n, ...bytes),
      ];
      const count = 2_000;
      for (let n = 0; n < count; n++) {
        const way = ways[random.below(ways.length)];
        const bytes = random.below(4) === 0 ? [randomBytes(random.below(3_000))] : [];
        void way?.(n, bytes);
        if (random.below(50) === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await eventually(() => seen.length === count, "all have come");
      expect(seen).toEqual(Array.from({ length: count }, (_, n) => n));
    });
});

describe("6: acknowledgements leak or hang", () => {
  test("timeouts leave nothing behind: the next hundred find the place that the last hundred took", async () => {
    const server = await serveEnd(end, { maxPendingAcks: 100 } as object);
    const { socket } = await stockLink(server);
    for (let round = 0; round < 3; round++) {
      const waits = Array.from({ length: 100 }, () => socket.timeout(20).emitWithAck("silence"));
      expect(() => socket.emit("one more", () => {})).toThrow(expect.objectContaining({ code: "ACK_LIMIT" }));
      for (const wait of waits) await expect(wait).rejects.toMatchObject({ code: "ACK_TIMEOUT" });
      await expect(server.io.timeout(20).emitWithAck("silence")).rejects.toMatchObject({ code: "ACK_TIMEOUT" });
    }
  });

  test("every promise settles when the client leaves, those of broadcasts too", async () => {
    const server = await serveEnd(end);
    const { peer, socket } = await stockLink(server);
    const waits = [socket.emitWithAck("silence"), socket.timeout(60_000).emitWithAck("silence")];
    const all = [server.io.local.emitWithAck("silence"), server.io.timeout(60_000).emitWithAck("silence")];
    const heard = once(peer, "silence");
    await heard;
    peer.disconnect();
    for (const wait of waits) await expect(wait).rejects.toMatchObject({ code: "ACK_DISCONNECTED" });
    for (const wait of all) await expect(wait).rejects.toMatchObject({ code: "ACK_INCOMPLETE", missing: [socket.id] });
    await expect(socket.emitWithAck("too late")).rejects.toMatchObject({ code: "ACK_DISCONNECTED" });
  });
});

test("7: a broadcast with acknowledgements and no timeout fails at once; nobody knows who failed", async () => {
  const server = await serveEnd(end);
  const [quick, slow, leaver] = [await stockLink(server), await stockLink(server), await stockLink(server)];
  quick.peer.on("ask", (reply) => reply("quick"));
  const gone = once(leaver.socket, "disconnect");
  slow.peer.on("ask", (reply) => void gone.then(() => reply("slow")));
  leaver.peer.on("ask", () => void leaver.peer.disconnect());
  const outcome = await server.io.local.emitWithAck("ask").catch((error: unknown) => error);
  expect(outcome).toMatchObject({ code: "ACK_INCOMPLETE", missing: [leaver.socket.id] });
  expect((outcome as { responses: string[] }).responses.toSorted()).toEqual(["quick", "slow"]);
  expect(await server.io.local.emitWithAck("ask")).toEqual(["quick", "slow"]);
});

test("15: a handler that rejects kills the process", async () => {
  const failures: { readonly message: string; readonly event: unknown; readonly id: unknown }[] = [];
  const onError = ({ message }: Error, { event, socket }: { event?: unknown; socket?: { id: string } }): void =>
    void failures.push({ message, event, id: socket?.id });
  const server = await serveEnd(end, { onError } as object);
  const { peer, socket } = await stockLink(server);
  const fail = async (where: string): Promise<never> => {
    await Promise.resolve();
    throw new Error(where);
  };
  socket.on("async", () => fail("in a listener"));
  socket.once("once", () => fail("in a listener for once"));
  socket.prependListener("prepended", () => fail("in a prepended listener"));
  socket.on("disconnecting", () => fail("in disconnecting"));
  socket.on("disconnect", () => fail("in disconnect"));
  socket.onAny((event) => {
    if (event === "any") throw new Error("in a catch-all listener");
  });
  socket.use(([event], next) => (event === "used" ? void fail("in a middleware").catch(next) : next()));
  socket.on("error", ({ message }) => fail(`in error after: ${message}`));
  socket.onAnyOutgoing((event) => {
    if (event === "out") throw new Error("in an outgoing catch-all listener");
  });
  peer.on("ask", (reply) => reply());
  socket.emit("out");
  socket.emit("ask", () => {
    throw new Error("in a callback");
  });
  for (const event of ["async", "once", "prepended", "any", "used"]) peer.emit(event);
  await eventually(() => failures.length >= 7, "the failures are told");
  peer.emit("echo");
  await once(socket, "echo");
  expect([socket.connected, new Set(failures.map(({ id }) => id))]).toEqual([true, new Set([socket.id])]);
  peer.disconnect();
  await eventually(() => failures.length >= 9, "the last failures are told");
  expect(failures.map(({ message }) => message).toSorted()).toEqual([
    "in a callback",
    "in a catch-all listener",
    "in a listener",
    "in a listener for once",
    "in a prepended listener",
    "in an outgoing catch-all listener",
    "in disconnect",
    "in disconnecting",
    "in error after: in a middleware",
  ]);
  expect(statsOf(server.io).failures).toBe(failures.length);
});

describe("16: a payload over maxHttpBufferSize disconnects without a word", () => {
  for (const transports of [["websocket"], ["polling"]])
    test(`the server says which client, why, and which option raises the limit (${String(transports)})`, async () => {
      const server = await serveEnd(end, { maxHttpBufferSize: 1_000 });
      const { peer, socket } = await stockLink(server, "/", { transports });
      const left = once(socket, "disconnect");
      // a stock client on long-polling keeps to maxPayload between packets, not within one
      peer.emit("large", "x".repeat(2_000));
      const [reason, cause] = await left;
      expect(["transport error", "parse error", "transport close"]).toContain(reason);
      expect(cause).toBeInstanceOf(Error);
      expect(`${cause.code} ${cause.message}`).toMatch(/maxHttpBufferSize/);
      expect(statsOf(server.io).closed).toEqual({ [String(reason)]: 1 });
    });
});

test("18: the rejection of a middleware and a failure of the network look alike", async () => {
  const server = await serveEnd(end);
  server.io.use((_socket, next) =>
    next(Object.assign(new Error("not now"), { data: { retryAfterMs: 1_000, kind: "rejected" } })),
  );
  const refused = stockClient(server.port, "/", { reconnection: true });
  const [rejection] = await once(refused, "connect_error");
  expect([rejection.message, rejection.data, refused.active]).toEqual([
    "not now",
    { retryAfterMs: 1_000, kind: "rejected" },
    false,
  ]);
  const nobody = await serveEnd(end);
  await nobody.io.close();
  const lost = stockClient(nobody.port, "/", { reconnection: true });
  const [failure] = await once(lost, "connect_error");
  expect([failure.data, lost.active]).toEqual([undefined, true]);
});

test("27: memory grows with clients that have left", { timeout: 120_000 }, async () => {
  const server = await serveEnd(end);
  const left: WeakRef<object>[] = [];
  server.io.of(/^\/dynamic-/).on("connection", keep);
  server.io.on("connection", keep);
  function keep(socket: ServerSocket): void {
    const { conn, client, handshake, request } = socket;
    left.push(...[socket, conn, client, handshake, request].map((each) => new WeakRef<object>(each)));
    void socket.join(["room", `own ${socket.id}`]);
    socket.data.buffer = Buffer.alloc(10);
    socket.on("ask", (reply) => setImmediate(() => reply()));
    socket.onAny(() => {});
    socket.use((_event, next) => next());
    socket.timeout(60_000).emit("silence", () => {});
    void socket.emitWithAck("silence").catch(() => {});
    void server.io
      .timeout(60_000)
      .emitWithAck("silence")
      .catch(() => {});
  }
  for (const transports of [["websocket"], ["polling"], ["polling", "websocket"]]) {
    const peers = Array.from({ length: 10 }, () => stockClient(server.port, "/", { transports }));
    const others = peers.map((peer, index) => peer.io.socket(`/dynamic-${index}`));
    await Promise.all([...peers, ...others].map((peer) => connected(peer)));
    await Promise.all(peers.map((peer) => peer.emitWithAck("ask")));
    for (const [index, peer] of peers.entries()) {
      if (index % 3 === 0) peer.io.engine.close();
      else if (index % 3 === 1) peer.disconnect();
      others[index]?.disconnect();
      peer.disconnect();
    }
  }
  await eventually(() => server.io.engine.clientsCount === 0, "all sessions are over");
  expect(server.io.of("/").adapter.rooms.size).toBe(0);
  expect(left.length).toBe(3 * 20 * 5);
  await collected(left);
});

/** Waits until nobody holds what the references stand for. */
async function collected(references: readonly WeakRef<object>[]): Promise<void> {
  const { setFlagsFromString } = await import("node:v8");
  const { runInNewContext } = await import("node:vm");
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  await eventually(() => {
    collectGarbage();
    return references.every((reference) => reference.deref() === undefined);
  }, `none of ${references.length} objects is in memory`);
}

describe("36: the reuse of clients breaks multiplexing, and child namespaces are never freed", () => {
  test("leaving a namespace and coming back keeps the one connection, in any order", async () => {
    const server = await serveEnd(end);
    const { io } = server;
    for (const name of ["/a", "/b"]) io.of(name);
    const { peer } = await stockLink(server, "/a");
    const other = peer.io.socket("/b");
    await connected(other);
    const { conn } = io.of("/a").sockets.get(String(peer.id)) as ServerSocket;
    for (const [leaving, name] of [
      [peer, "/a"],
      [other, "/b"],
      [peer, "/a"],
    ] as const) {
      const gone = once(io.of(name).sockets.get(String(leaving.id)) as ServerSocket, "disconnect");
      leaving.disconnect();
      await gone;
      leaving.connect();
      await connected(leaving);
      expect(io.of(name).sockets.get(String(leaving.id))?.conn).toBe(conn);
    }
    expect(io.engine.clientsCount).toBe(1);
    expect([io.of("/a").sockets.size, io.of("/b").sockets.size]).toEqual([1, 1]);
  });

  test("a thousand child namespaces come and go without a trace", async () => {
    const server = await serveEnd(end, { cleanupEmptyChildNamespaces: true });
    const { io } = server;
    const children: WeakRef<object>[] = [];
    io.of(/^\/child-/).on("connection", (socket) => children.push(new WeakRef(socket.nsp)));
    const { peer } = await stockLink(server);
    for (let batch = 0; batch < 20; batch++) {
      const sockets = Array.from({ length: 50 }, (_, index) => peer.io.socket(`/child-${batch}-${index}`));
      await Promise.all(sockets.map((socket) => connected(socket)));
      for (const socket of sockets) socket.disconnect();
      await eventually(() => io._nsps.size === 1, "the children are freed");
    }
    expect([children.length, io.engine.clientsCount]).toEqual([1_000, 1]);
    peer.disconnect();
    await collected(children);
  });
});

describe("38: remote crashes and exhaustion of memory", () => {
  test(
    "ten thousand mutations of well-formed traffic harm nobody else and leave nothing",
    { timeout: 120_000 },
    async () => {
      const random = new Random(seedOf("pitfall 38"));
      const server = await serveEnd(end);
      const { io } = server;
      io.of(/^\/dynamic/);
      io.on("connection", (socket) => socket.on("echo", (value, reply) => reply?.(value)));
      const bystander = await stockLink(server);
      const seeds = [
        "0",
        '0{"token":1}',
        "0/dynamic,",
        "1",
        '2["echo",{"a":[1,2,{"b":null}]}]',
        '21["echo","x"]',
        "31[]",
        '51-["echo",{"_placeholder":true,"num":0}]',
        '61-2[{"_placeholder":true,"num":0}]',
        '2/dynamic,["x"]',
      ];
      for (let round = 0; round < 200; round++) {
        const { ws, closed } = await openWebSocket(server.port, "/socket.io/?EIO=4&transport=websocket");
        ws.send("40");
        for (let count = 0; count < 50; count++) {
          const seed = `4${seeds[random.below(seeds.length)] ?? ""}`;
          if (random.below(10) === 0) ws.send(randomBytes(random.below(50)));
          else ws.send(mutate(seed, random));
        }
        ws.close();
        await closed;
      }
      await eventually(() => io.engine.clientsCount === 1, "only the bystander is left");
      expect(await bystander.peer.timeout(10_000).emitWithAck("echo", "alive")).toBe("alive");
      expect(io.of("/").sockets.size).toBe(1);
      const { violations, failures } = statsOf(io);
      expect([violations.parse > 0, violations.protocol > 0, failures]).toEqual([true, true, 0]);
    },
  );

  function mutate(text: string, random: Random): string {
    const at = random.below(text.length + 1);
    const rest = text.slice(at + random.below(3));
    const piece =
      ["", "{", '"', "[[[[", "999999999999999999999", "\u0000", "-", ",", "e9", "💥"][random.below(10)] ?? "";
    return text.slice(0, at) + piece + rest;
  }
});

describe("section 2, the server's half", () => {
  test("2: no noop follows on the WebSocket once the upgrade is done, and few before it", async () => {
    const server = await serveEnd(end);
    const raw = await rawPolling(server.port);
    await raw.join();
    const noops: string[] = [];
    const { ws, next, closed } = await openWebSocket(
      server.port,
      `/socket.io/?EIO=4&transport=websocket&sid=${raw.sid}`,
    );
    ws.send("2probe");
    expect(await next()).toBe("3probe");
    const started = performance.now();
    while (performance.now() - started < 500) noops.push((await raw.get()).body);
    expect(new Set(noops)).toEqual(new Set(["6"]));
    expect(noops.length).toBeLessThan(20); // a measured pace
    ws.send("5");
    const [socket] = server.io.of("/").sockets.values();
    await eventually(() => socket?.conn.transport.name === "websocket", "the upgrade");
    for (let count = 0; count < 20; count++) socket?.emit("x", count);
    for (let count = 0; count < 20; count++) expect(await next()).toBe(`42["x",${count}]`);
    ws.close();
    await closed;
  });

  for (const step of ["probe", "pong", "upgrade"] as const)
    for (const side of ["client", "server"] as const)
      test(`4: the ${side} closes at the ${step}: what was sent is delivered, both ends close, no connection is left`, async () => {
        const server = await serveEnd(end);
        const raw = await rawPolling(server.port);
        await raw.join();
        const [socket] = server.io.of("/").sockets.values();
        const left = once(socket as ServerSocket, "disconnect");
        const { ws, next, closed } = await openWebSocket(
          server.port,
          `/socket.io/?EIO=4&transport=websocket&sid=${raw.sid}`,
        );
        if (step !== "probe") {
          ws.send("2probe");
          expect(await next()).toBe("3probe");
        }
        if (step === "upgrade") {
          ws.send("5");
          await eventually(() => socket?.conn.transport.name === "websocket", "the upgrade");
        }
        const heard = record(socket as ServerSocket, "last");
        socket?.emit("last");
        if (side === "client") {
          if (step === "upgrade") {
            ws.send('42["last"]');
            ws.send("1");
          } else {
            expect((await raw.post('42["last"]\u001e1')).status).toBe(200);
          }
          await left;
          expect(heard).toEqual([[]]);
        } else {
          socket?.conn.close();
          if (step === "upgrade") expect(await next()).toBe('42["last"]');
          else {
            const answers: string[] = [];
            while (!answers.includes("1")) answers.push(...(await raw.get()).body.split("\u001e"));
            expect(answers.filter((packet) => packet !== "6")).toEqual(['42["last"]', "1"]);
          }
          await left;
        }
        await closed;
        await eventually(() => server.io.engine.clientsCount === 0, "the session is forgotten");
      });

  test("7: a proxy that strips Upgrade neither drains the queue nor eats CONNECT", async () => {
    const server = await serveEnd(end);
    const raw = await rawPolling(server.port);
    await raw.post("40");
    const target = `/socket.io/?EIO=4&transport=websocket&sid=${raw.sid}`;
    const stripped = await rawHttp(server.port, requestText("GET", target));
    expect(stripped.status).toBe(400);
    expect((await raw.get()).body).toMatch(/^40\{"sid"/);
    expect((await raw.post('42["x"]')).status).toBe(200);
    const fresh = await rawHttp(server.port, requestText("GET", "/socket.io/?EIO=4&transport=websocket"));
    expect(fresh.status).toBe(400);
    expect(server.io.engine.clientsCount).toBe(1);
  });

  test("14: nothing remains of a client that left while middlewares and namespaces were being decided about", async () => {
    const server = await serveEnd(end);
    const { io } = server;
    const decisions: (() => void)[] = [];
    io.use((socket, next) => {
      void socket.join("room");
      decisions.push(next);
    });
    io.of((_name, _auth, next) => void decisions.push(() => next(null, true)));
    const raws = await Promise.all([rawWebSocket(server.port), rawWebSocket(server.port)]);
    raws[0]?.send("40");
    raws[1]?.send("40/dynamic,");
    await eventually(() => decisions.length === 2, "both are asked about");
    for (const { ws, closed } of raws) {
      ws.terminate();
      await closed;
    }
    await eventually(() => io.engine.clientsCount === 0, "both are gone");
    for (const decide of decisions) decide();
    await new Promise((resolve) => setImmediate(resolve));
    expect([io.of("/").sockets.size, io.of("/").adapter.rooms.size, [...io._nsps.keys()]]).toEqual([0, 0, ["/"]]);
  });

  const upload = `42["upload","${"x".repeat(60_000)}"]`;
  /** Pieces of 1 kB a second: an upload takes more than a second, which is two heartbeats with their patience. */
  const SLOWLY = 50;

  test("18: a long upload over a WebSocket, which no pong can overtake, outlives the heartbeat", async () => {
    const server = await serveEnd(end, { pingInterval: 200, pingTimeout: 300 });
    const connection = once(server.io, "connection");
    const raw = await rawFrames(server.port, "/socket.io/?EIO=4&transport=websocket", frame("40"));
    const [socket] = (await connection) as [ServerSocket];
    const arrived = once(socket, "upload");
    const left = record(socket, "disconnect");
    const bytes = frame(upload);
    let sent = 0;
    for await (const _ of timesPerSecond(SLOWLY)) {
      raw.write(bytes.subarray(sent, (sent += 1_000)));
      if (sent >= bytes.length) break;
    }
    expect([(await arrived)[0].length, left]).toEqual([60_000, []]);
    expect((await once(socket, "disconnect"))[0]).toBe("ping timeout"); // nobody answers
  });

  test("18: a long upload by POST, which no other may overtake, outlives the heartbeat", async () => {
    const server = await serveEnd(end, { pingInterval: 200, pingTimeout: 300 });
    const raw = await rawPolling(server.port);
    await raw.join();
    const [socket] = server.io.of("/").sockets.values();
    const arrived = once(socket as ServerSocket, "upload");
    const left = record(socket as ServerSocket, "disconnect");
    const post = request({ port: server.port, host: "127.0.0.1", path: raw.target, method: "POST" });
    post.on("error", () => {});
    const answer = once(post, "response");
    let sent = 0;
    for await (const _ of timesPerSecond(SLOWLY)) {
      post.write(upload.slice(sent, (sent += 1_000)));
      if (sent >= upload.length) break;
    }
    post.end();
    expect([(await arrived)[0].length, left, (await answer)[0].statusCode]).toEqual([60_000, [], 200]);
    expect((await once(socket as ServerSocket, "disconnect"))[0]).toBe("ping timeout"); // nobody answers
  });

  test("18: a stall of the event loop, longer than pingTimeout, kills nobody", async () => {
    const server = await serveEnd(end, { pingInterval: 300, pingTimeout: 400 });
    const open = async (): ReturnType<typeof rawWebSocket> => {
      const raw = await rawWebSocket(server.port);
      raw.ws.send("40");
      raw.ws.on("message", (data: Buffer) => {
        if (data.toString() === "2") raw.ws.send("3");
      });
      return raw;
    };
    const raws = await Promise.all(Array.from({ length: 20 }, open));
    await eventually(() => server.io.of("/").sockets.size === 20, "all have joined");
    for (let round = 0; round < 3; round++) {
      stall(1_000);
      // two pings: the answer to the first was taken
      await Promise.all(raws.map(({ ws }) => collect(ws, "message", 2)));
    }
    expect([server.io.of("/").sockets.size, statsOf(server.io).closed]).toEqual([20, {}]);
    for (const { ws } of raws) ws.terminate();
  });
});
