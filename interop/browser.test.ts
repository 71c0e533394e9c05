import { readFile } from "node:fs/promises";
import { createServer, type Server as HttpServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import type { Browser, Page } from "playwright-core";
import type { Server, Socket as ServerSocket } from "socket.io";
import type { io as Io, Socket as ClientSocket } from "socket.io-client";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { launchChromium } from "./chromium.ts";
import { serverEnds, type ServerEnd } from "./ends.ts";
import { eventually, once } from "./events.ts";

/** A client as pages load it. */
interface Bundle {
  readonly name: string;
  readonly file: string;
  readonly module: boolean;
  readonly msgpack: boolean;
  /** The package that ships it; without one, the server under test serves it. */
  readonly from?: string;
}

const served: readonly Bundle[] = [
  { name: "its socket.io.min.js", file: "socket.io.min.js", module: false, msgpack: false },
  { name: "its socket.io.esm.min.js", file: "socket.io.esm.min.js", module: true, msgpack: false },
  { name: "its socket.io.msgpack.min.js", file: "socket.io.msgpack.min.js", module: false, msgpack: true },
];
const shipped = (owner: string, from: string): Bundle[] =>
  served.map((bundle) => ({ ...bundle, name: `${owner} ${bundle.file}`, from }));

/** What each server meets: clients that it serves itself, and the other side's. */
function bundlesFor(end: ServerEnd): Bundle[] {
  return [
    ...(end.ours ? served : served.slice(0, 1)),
    ...(end.ours ? shipped("the incumbent's", "socket.io-client") : shipped("our", "@halyard/client")),
  ];
}

declare global {
  interface Window {
    io: typeof Io;
    socket: ClientSocket;
  }
}

const require = createRequire(import.meta.url);
let browser: Browser;
let pages: HttpServer;

beforeAll(async () => {
  browser = await launchChromium();
  pages = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://pages");
    if (pathname === "/bundle") {
      const folder = dirname(require.resolve(`${searchParams.get("from")}/package.json`));
      void readFile(join(folder, "dist", searchParams.get("file") ?? "")).then((script) =>
        response.writeHead(200, { "content-type": "text/javascript", "access-control-allow-origin": "*" }).end(script),
      );
    } else response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>page</title>");
  });
  pages.listen(0, "127.0.0.1");
  await once(pages, "listening");
});

afterAll(async () => {
  await browser?.close();
  pages?.close();
});

for (const end of serverEnds) {
  for (const bundle of bundlesFor(end)) {
    describe(`server ${end.name} × ${bundle.name}`, () => {
      test("connects by polling, upgrades, and acknowledges both ways", async () => {
        const rig = await startPage(end, bundle);
        rig.io.on("connection", (socket) => socket.on("sum", (a, b, answer) => answer(a + b, socket.handshake.auth)));
        const { page } = rig;
        const first = await page.evaluate(async (url) => {
          const socket = (window.socket = window.io(url, { auth: { page: "é" } }));
          const opened = new Promise((resolve) => socket.io.on("open", () => resolve(socket.io.engine.transport.name)));
          const upgraded = new Promise((resolve) => {
            socket.io.on("open", () => socket.io.engine.once("upgrade", resolve));
          });
          await new Promise((resolve, reject) =>
            socket.on("connect", resolve as () => void).on("connect_error", reject),
          );
          const before = await opened;
          await upgraded;
          socket.on("double", (n, answer) => answer(n * 2));
          const sum = await new Promise((resolve) => socket.emit("sum", 1, 2, (...args: unknown[]) => resolve(args)));
          return { before, after: socket.io.engine.transport.name, id: socket.id, sum };
        }, rig.url);
        expect(first).toMatchObject({ before: "polling", after: "websocket", sum: [3, { page: "é" }] });
        const socket = rig.io.of("/").sockets.get(String(first.id)) as ServerSocket;
        expect(await socket.timeout(10_000).emitWithAck("double", 21)).toBe(42);
        expect(socket.conn.transport.name).toBe("websocket");
      });

      for (const transport of ["polling", "websocket"]) {
        test(`text and binary over ${transport}`, async () => {
          const rig = await startPage(end, bundle);
          const arrived: unknown[] = [];
          rig.io.on("connection", (socket) => {
            socket.on("echo", (value, answer) => {
              arrived.push(value);
              answer(value);
            });
          });
          const back = await rig.page.evaluate(
            async ({ url, transport, everyKind }) => {
              const socket = window.io(url, { transports: [transport] });
              const view = new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4);
              const binary: unknown[] = [view.slice().buffer];
              if (everyKind)
                binary.push(view, new DataView(view.buffer, 1, 3), new Blob([view]), new File([view], "f"));
              const describe = (value: unknown): unknown =>
                value instanceof ArrayBuffer
                  ? { kind: "ArrayBuffer", bytes: [...new Uint8Array(value)] }
                  : ArrayBuffer.isView(value)
                    ? { kind: "view", bytes: [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)] }
                    : value;
              const results: unknown[] = [];
              for (const value of ["é 🚀 \u001e\u2028 \ud83d\ude80", { a: [null, 1.5, { b: true }] }, ...binary]) {
                results.push(describe(await new Promise((resolve) => socket.emit("echo", value, resolve))));
              }
              const nested = { list: [view.slice().buffer], text: "x" };
              const echoed = await new Promise<typeof nested>((resolve) => socket.emit("echo", nested, resolve));
              results.push({ ...echoed, list: echoed.list.map(describe) });
              return results;
            },
            { url: rig.url, transport, everyKind: !bundle.msgpack },
          );
          const kind = bundle.msgpack ? expect.stringMatching(/^(view|ArrayBuffer)$/) : "ArrayBuffer";
          const bytes = { kind, bytes: [1, 2, 3] };
          const binaries = bundle.msgpack ? [bytes] : [bytes, bytes, bytes, bytes, bytes];
          expect(back).toEqual([
            "é 🚀 \u001e\u2028 \ud83d\ude80",
            { a: [null, 1.5, { b: true }] },
            ...binaries,
            { list: [bytes], text: "x" },
          ]);
          const buffers = arrived.slice(2, -1);
          expect(buffers).toEqual(binaries.map(() => Buffer.from([1, 2, 3])));
          expect(buffers.every((value) => Buffer.isBuffer(value))).toBe(true);
        });
      }

      test("comes back after a restart, with what was emitted meanwhile", async () => {
        const rig = await startPage(end, bundle);
        await rig.page.evaluate(async (url) => {
          const options = { reconnectionDelay: 20, reconnectionDelayMax: 50, randomizationFactor: 0 };
          const socket = (window.socket = window.io(url, options));
          const upgraded = new Promise((resolve) => {
            socket.io.once("open", () => socket.io.engine.once("upgrade", resolve));
          });
          await new Promise<void>((resolve) => socket.on("connect", resolve));
          // The stock client does not notice an end that meets it half-way through an upgrade.
          await upgraded;
        }, rig.url);
        await rig.stop();
        await rig.page.evaluate(async () => {
          const { socket } = window;
          if (socket.connected) await new Promise((resolve) => socket.once("disconnect", resolve));
          for (let n = 0; n < 20; n++) socket.emit("n", n, new Uint8Array([n]).buffer);
        });
        const heard: unknown[] = [];
        const all = new Promise<void>((resolve) => {
          rig.restart((io) => {
            io.on("connection", (socket) => {
              socket.on("n", (n, value) => {
                heard.push([n, [...value]]);
                if (n === 19) resolve();
              });
            });
          });
        });
        await all;
        expect(heard).toEqual(Array.from({ length: 20 }, (_, n) => [n, [n]]));
      });

      test("leaving ends the connection, from either side and with the page", async () => {
        const rig = await startPage(end, bundle);
        const [byClient, byServer, byPage] = await Promise.all(
          ["client", "server", "page"].map(async (as) => {
            const connection = new Promise<ServerSocket>((resolve) => {
              rig.io.of(`/${as}`).on("connection", resolve);
            });
            await rig.page.evaluate(
              ({ url, as }) => {
                const socket = window.io(`${url}/${as}`, { forceNew: true, transports: ["websocket"] });
                if (as === "client") socket.on("leave", () => socket.disconnect());
                if (as === "server") socket.on("disconnect", (reason) => (document.title = reason));
              },
              { url: rig.url, as },
            );
            return connection;
          }),
        );
        const reasons = [byClient, byServer, byPage].map((socket) => once(socket as ServerSocket, "disconnect"));
        byClient?.emit("leave");
        byServer?.disconnect();
        await rig.page.waitForFunction(() => document.title === "io server disconnect");
        await reasons[0];
        await reasons[1];
        await rig.page.close();
        const given = (await Promise.all(reasons)).map(([reason]) => reason);
        expect(given).toEqual(["client namespace disconnect", "server namespace disconnect", "transport close"]);
        await eventually(() => rig.io.engine.clientsCount === 0, "every session ends");
      });
    });
  }
}

interface PageRig {
  readonly io: Server;
  readonly url: string;
  readonly page: Page;
  stop(): Promise<void>;
  restart(prepare: (io: Server) => void): void;
}

async function startPage(end: ServerEnd, bundle: Bundle): Promise<PageRig> {
  const start = (port: number, prepare: (io: Server) => void): { host: HttpServer; io: Server } => {
    const host = createServer();
    const parser = bundle.msgpack ? { parser: end.msgpack as never } : {};
    const io: Server = new end.Server(host, { cors: { origin: "*" }, ...parser });
    prepare(io);
    host.listen(port, "127.0.0.1");
    return { host, io };
  };
  let running = start(0, () => {});
  await once(running.host, "listening");
  const { port } = running.host.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;

  const page = await browser.newPage();
  const errors: Error[] = [];
  page.on("pageerror", (error) => errors.push(error));
  const origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
  await page.goto(origin);
  const script = bundle.from
    ? `${origin}/bundle?from=${encodeURIComponent(bundle.from)}&file=${bundle.file}`
    : `${url}/socket.io/${bundle.file}`;
  if (bundle.module) {
    await page.addScriptTag({
      type: "module",
      content: `import { io } from ${JSON.stringify(script)}; window.io = io;`,
    });
    await page.waitForFunction(() => "io" in window);
  } else await page.addScriptTag({ url: script });

  onTestFinished(async () => {
    await page.close();
    await stop();
    expect(errors).toEqual([]);
  });

  async function stop(): Promise<void> {
    if (!running.host.listening) return;
    const closed = once(running.host, "close");
    const closing = running.io.close();
    // The incumbent waits for connections on which the browser has not asked for anything yet.
    if (!end.ours) {
      await eventually(() => running.io.engine.clientsCount === 0, "every session ends");
      running.host.closeAllConnections();
    }
    await closing;
    await closed;
  }

  return {
    get io() {
      return running.io;
    },
    url,
    page,
    stop,
    restart(prepare) {
      running = start(port, prepare);
    },
  };
}
