import type { Browser } from "playwright-core";
import type { ServerOptions, Socket as ServerSocket } from "socket.io";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium } from "./chromium.ts";
import { serverEnds, type ServerEnd } from "./ends.ts";
import { eventually, once, record } from "./events.ts";
import { selfSigned, type Certificate } from "./tls.ts";
import { startWebTransportRig, type WebTransportRig } from "./webtransport-rig.ts";

let browser: Browser;
let certificate: Certificate;

beforeAll(async () => {
  browser = await launchChromium();
  certificate = selfSigned();
});

afterAll(async () => {
  await browser?.close();
});

function start(end: ServerEnd, options?: Partial<ServerOptions>): Promise<WebTransportRig> {
  return startWebTransportRig(end, browser, certificate, options);
}

function transportOf(socket: ServerSocket): string {
  return socket.conn.transport.name;
}

/** Around the lengths at which the header of a frame changes, whatever the packet adds to the text. */
const LENGTHS = [126, 65_536].flatMap((edge) => Array.from({ length: 22 }, (_, index) => edge - 20 + index));

for (const end of serverEnds) {
  describe(`server ${end.name}`, () => {
    test("connects over WebTransport alone", async () => {
      const rig = await start(end);
      const socket = await rig.link({ auth: { page: "é" } });
      expect([transportOf(socket), socket.handshake.auth, socket.handshake.secure]).toEqual([
        "webtransport",
        { page: "é" },
        true,
      ]);
      expect(await rig.page.evaluate(() => window.socket.id)).toBe(socket.id);
    });

    test("JSON of every kind comes back as it was", async () => {
      const rig = await start(end);
      rig.io.on("connection", (socket) => socket.on("echo", (...args) => args.pop()(...args)));
      await rig.link();
      const values = [null, true, false, 0, -1.5, 1e300, "", "é 🚀 \u001e\u2028 \ud83d\ude80", [], [1, [2, [3]]], {}];
      const nested = { a: { b: [{ c: "d" }, null] }, "": 0, é: "ü" };
      const back = await rig.page.evaluate(
        (values) => Promise.all(values.map((value) => window.socket.emitWithAck("echo", value))),
        [...values, nested],
      );
      expect(back).toEqual([...values, nested]);
    });

    test("binary data arrives on both sides, in every form", async () => {
      const rig = await start(end);
      const arrived: unknown[] = [];
      rig.io.on("connection", (socket) => {
        socket.on("echo", (value, answer) => {
          arrived.push(value);
          answer(value);
        });
      });
      await rig.link();
      const back = await rig.page.evaluate(async () => {
        const view = new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4);
        const forms = [view.slice().buffer, view, new DataView(view.buffer, 1, 3), new Blob([view])];
        const answers: unknown[] = [];
        for (const form of forms) answers.push(await window.socket.emitWithAck("echo", form));
        answers.push((await window.socket.emitWithAck("echo", { list: [view], text: "x" })).list[0]);
        return answers.map((answer) => (answer instanceof ArrayBuffer ? [...new Uint8Array(answer)] : answer));
      });
      expect(back).toEqual(Array(5).fill([1, 2, 3]));
      expect(arrived.slice(0, 4)).toEqual(Array(4).fill(Buffer.from([1, 2, 3])));
      expect(arrived.slice(0, 4).every((value) => Buffer.isBuffer(value))).toBe(true);
    });

    test("messages of every length arrive on both sides", async () => {
      const rig = await start(end);
      rig.io.on("connection", (socket) => socket.on("echo", (value, answer) => answer(value)));
      const lengths = [...(end.ours ? [0] : []), 1, ...LENGTHS, 900_000];
      await rig.link();
      const wrong = await rig.page.evaluate(async (lengths) => {
        const wrong: number[] = [];
        for (const length of lengths) {
          const text = "x".repeat(length);
          if ((await window.socket.emitWithAck("echo", text)) !== text) wrong.push(length);
          const bytes = new Uint8Array(length).map((_, index) => index);
          const back = new Uint8Array(await window.socket.emitWithAck("echo", bytes));
          if (back.length !== length || back.some((byte, index) => byte !== bytes[index])) wrong.push(length);
        }
        return wrong;
      }, lengths);
      expect(wrong).toEqual([]);
    });

    test("moves from long-polling under traffic, and loses, doubles and reorders nothing", async () => {
      const count = 400;
      const numbers = Array.from({ length: count }, (_, index) => index);
      const heard: number[] = [];
      const transports = new Set<string>();
      let open: () => void;
      const gate = new Promise<void>((resolve) => (open = resolve));
      const rig = await startWebTransportRig(end, browser, certificate, {}, gate);
      rig.io.on("connection", (socket) => {
        socket.on("n", (n) => {
          heard.push(n);
          transports.add(transportOf(socket));
          socket.emit("n", n);
          if (n === 50) open(); // from here on, the client may move
        });
      });
      const back = await rig.page.evaluate(async (count) => {
        const socket = (window.socket = window.makeClient({ transports: ["polling", "webtransport"] }));
        const heard: number[] = [];
        const all = new Promise<void>((resolve) => {
          socket.on("n", (n) => {
            heard.push(n);
            if (heard.length === count) resolve();
          });
        });
        const upgraded = new Promise<string>((resolve) => {
          socket.io.on("open", () => socket.io.engine.once("upgrade", ({ name }) => resolve(name)));
        });
        await new Promise<void>((resolve, reject) => socket.on("connect", resolve).on("connect_error", reject));
        let sent = 0;
        const send = (upTo: number): void => {
          while (sent < upTo) socket.emit("n", sent++);
        };
        const timer = setInterval(() => send(Math.min(sent + 2, count - 50)), 1);
        const name = await upgraded;
        clearInterval(timer);
        send(count);
        await all;
        return { heard, name };
      }, count);
      expect(back).toEqual({ heard: numbers, name: "webtransport" });
      expect(heard).toEqual(numbers);
      expect([...transports]).toEqual(["polling", "webtransport"]);
    });

    test("a client that gets nothing over WebTransport moves to WebSocket", async () => {
      const rig = await startWebTransportRig(end, browser, certificate, {}, new Promise<void>(() => {}));
      rig.io.on("connection", (socket) => socket.on("echo", (value, answer) => answer(value, transportOf(socket))));
      await rig.link({ transports: ["polling", "websocket", "webtransport"] });
      const answer = await rig.page.evaluate(async () => {
        const { socket } = window;
        const { engine } = socket.io;
        if (engine.transport.name === "polling") await new Promise((resolve) => engine.once("upgrade", resolve));
        return new Promise((resolve) => socket.emit("echo", "é", (...args: unknown[]) => resolve(args)));
      });
      expect(answer).toEqual(["é", "websocket"]);
    });

    test("is kept alive by pings", async () => {
      const rig = await start(end, { pingInterval: 50, pingTimeout: 10_000 });
      const socket = await rig.link();
      for (let beat = 0; beat < 3; beat++) await once(socket.conn, "heartbeat");
      expect(socket.connected).toBe(true);
    });

    test("leaving is noticed, from either side", async () => {
      const rig = await start(end);
      const byClient = await rig.link();
      const left = once(byClient, "disconnect");
      await rig.page.evaluate(() => void window.socket.disconnect());
      expect((await left)[0]).toBe("client namespace disconnect");

      rig.io.on("connection", (socket) => socket.on("leave", () => socket.disconnect()));
      await rig.link();
      const reason = await rig.page.evaluate(() => {
        window.socket.emit("leave");
        return new Promise((resolve) => window.socket.on("disconnect", resolve));
      });
      expect(reason).toBe("io server disconnect");
      await eventually(() => rig.io.engine.clientsCount === 0, "every session ends");
    });

    test("a page that is closed is noticed, at the latest by its silence", async () => {
      const rig = await start(end, { pingInterval: 100, pingTimeout: 500 });
      const gone = once(await rig.link(), "disconnect");
      await rig.page.close();
      // the browser does not always say goodbye for its pages
      expect((await gone)[0]).toMatch(/^(transport close|ping timeout)$/);
      expect(rig.io.engine.clientsCount).toBe(0);
    });
  });
}

const ours = serverEnds.find((end) => end.ours) as ServerEnd;

/** What a stock client says of a session that the server ends. Chromium takes the end for a failure if it sees that before the reason. */
const ENDED: unknown = expect.stringMatching(/^transport (close|error)$/);

describe("our server", () => {
  test("knows its client as on the other transports", async () => {
    const rig = await start(ours);
    const socket = await rig.link();
    expect(socket.handshake).toMatchObject({
      address: "127.0.0.1",
      headers: { origin: rig.origin, host: rig.origin.slice("https://".length) },
      url: "/socket.io/?EIO=4&transport=webtransport",
      query: { EIO: "4", transport: "webtransport" },
    });
    expect(socket.request.socket.remoteAddress).toBe("127.0.0.1");
  });

  test.each(["namespace", "connection", "engine"])(
    "the last message arrives before the server's end of the %s",
    async (what) => {
      const rig = await start(ours);
      rig.io.on("connection", (socket) => {
        socket.on("leave", () => {
          socket.emit("last", "x".repeat(200_000));
          if (what === "engine") socket.conn.close();
          else socket.disconnect(what === "connection");
        });
      });
      await rig.link();
      const heard = await rig.page.evaluate(async () => {
        const heard: unknown[] = [];
        const gone = new Promise<string>((resolve) => window.socket.on("disconnect", resolve));
        window.socket.on("last", (text) => heard.push(text.length));
        window.socket.emit("leave");
        heard.push(await gone);
        return heard;
      });
      expect(heard).toEqual([200_000, what === "engine" ? ENDED : "io server disconnect"]);
    },
  );

  test("a message above the limit ends its own session, and nobody else's", async () => {
    const rig = await start(ours, { maxHttpBufferSize: 100_000 });
    const reasons: string[] = [];
    rig.io.on("connection", (socket) => {
      socket.on("size", (value, answer) => answer(value.length));
      socket.on("disconnect", (reason) => reasons.push(reason));
    });
    const good = await rig.link();
    const outcome = await rig.page.evaluate(async () => {
      const bad = window.makeClient();
      await new Promise<void>((resolve) => bad.on("connect", resolve));
      const gone = new Promise((resolve) => bad.on("disconnect", resolve));
      bad.emit("size", "x".repeat(100_000));
      return [await gone, await window.socket.emitWithAck("size", "x".repeat(90_000))];
    });
    expect(outcome).toEqual([ENDED, 90_000]);
    expect([reasons, good.connected]).toEqual([["parse error"], true]);
  });

  test.each([
    ["for too long", { stallTimeout: 500, maxQueuedBytes: 4_000_000 }, 300_000],
    ["while too much is sent", { maxQueuedBytes: 500_000 }, Number.POSITIVE_INFINITY],
  ])("a page that reads nothing %s is given up, and holds no more than the limit", async (_, options, sendBelow) => {
    const rig = await start(ours, options as Partial<ServerOptions>);
    const joined = once(rig.io, "connection");
    const ended = rig.page.evaluate(async (url) => {
      const session = new WebTransport(url, { serverCertificateHashes: window.certificateHashes });
      const { writable } = await session.createBidirectionalStream();
      await writable.getWriter().write(new Uint8Array([1, 0x30, 2, 0x34, 0x30])); // opens a session and joins "/"
      await session.closed.catch(() => {});
    }, `${rig.origin}/socket.io/`);
    const [socket] = (await joined) as [ServerSocket];
    const gone = once(socket, "disconnect");
    const { conn } = socket as unknown as { conn: { bufferedBytes: number } };
    let mostBytes = 0;
    while (socket.connected) {
      if (conn.bufferedBytes < sendBelow) socket.emit("chunk", "x".repeat(50_000));
      mostBytes = Math.max(mostBytes, conn.bufferedBytes);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await gone)[0]).toBe("slow consumer");
    expect(await (await rig.session).closed).toEqual({ closeCode: 1008, reason: "slow consumer" });
    await ended;
    expect(mostBytes).toBeLessThan(700_000);
  });

  test("says its last words when it shuts down", async () => {
    const rig = await start(ours);
    const socket = await rig.link();
    const gone = once(socket, "disconnect");
    const heard = rig.page.evaluate(async () => {
      const heard: string[] = [];
      const gone = new Promise<string>((resolve) => window.socket.on("disconnect", resolve));
      window.socket.on("last", (text) => heard.push(text));
      window.socket.emit("ready");
      heard.push(await gone);
      return heard;
    });
    await once(socket, "ready");
    socket.emit("last", "good night");
    await rig.io.close();
    expect(await heard).toEqual(["good night", ENDED]);
    expect((await gone)[0]).toBe("server shutting down");
  });

  test("allowRequest, middlewares and generateId see the client", async () => {
    const rig = await start(ours, {
      allowRequest: (request, decide) => decide(null, request.headers.origin === rig.origin),
    });
    const seen: unknown[] = [];
    rig.io.engine.use((request: { url: string; user?: string }, _response: unknown, next: () => void) => {
      seen.push(request.url);
      request.user = "ada";
      next();
    });
    Object.assign(rig.io.engine, { generateId: () => Promise.resolve("chosen") });
    const socket = await rig.link();
    expect(seen).toEqual(["/socket.io/?EIO=4&transport=webtransport"]);
    expect([(socket.conn as unknown as { id: string }).id, socket.request]).toEqual([
      "chosen",
      expect.objectContaining({ user: "ada" }),
    ]);
  });

  test.each([
    ["refuses a client that allowRequest does not want", [1, 0x30], 403, "stay out"],
    ["refuses a first packet that makes no sense", [2, 0x34, 0x34], 400, "Bad request"],
    [
      "refuses to move a session that it does not know",
      [13, ...Buffer.from('0{"sid":"no"}')],
      400,
      "Session ID unknown",
    ],
    ["does not wait for ever for a client's first packet", [], 408, "Request timeout"],
  ])("%s, and says why", async (_, bytes, closeCode, reason) => {
    const rig = await start(ours, {
      upgradeTimeout: bytes.length === 0 ? 50 : 10_000,
      allowRequest: (_request, decide) => decide("stay out", false),
    });
    const refusals = record(rig.io.engine, "connection_error");
    const ended = rig.page.evaluate(
      async ([url, bytes]) => {
        const session = new WebTransport(url, { serverCertificateHashes: window.certificateHashes });
        await session.ready;
        const stream = await session.createBidirectionalStream();
        const writer = stream.writable.getWriter();
        if (bytes.length > 0) writer.write(new Uint8Array(bytes)).catch(() => {});
        await session.closed.catch(() => {});
      },
      [`${rig.origin}/socket.io/`, bytes] as const,
    );
    const session = await rig.session;
    await ended;
    expect(await session.closed).toEqual({ closeCode, reason });
    expect(refusals).toHaveLength(1);
    expect(rig.io.engine.clientsCount).toBe(0);
  });
});
