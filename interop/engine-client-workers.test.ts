import { readFileSync } from "node:fs";
import { createServer, request as httpRequest, type ClientRequest } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createContext, runInContext } from "node:vm";
import type { Socket as EngineSocket, SocketOptions } from "@halyard/engine.io-client";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { WebSocket as StandardWebSocket } from "ws";
import { launchChromium } from "./chromium.ts";
import { engineEnds, startEngine, type EngineEnd } from "./engine-rig.ts";
import { listening } from "./listening.ts";

const dist = join(dirname(createRequire(import.meta.url).resolve("@halyard/engine.io-client/package.json")), "dist");
const script = (file: string): string => readFileSync(join(dist, file), "utf8");

/** What a worker does: it waits to be told where the server is, echoes, and tells how it went. */
const worker = `
  import { Fetch, SocketWithUpgrade, WebSocket } from "/engine.io.esm.min.js";
  addEventListener("message", ({ data, source }) => {
    const tell = (result) => (source ?? globalThis).postMessage(result);
    const socket = new SocketWithUpgrade(data, { transports: [Fetch, WebSocket] });
    const received = [];
    socket.on("message", (it) => received.push(typeof it === "string" ? it : it.byteLength));
    socket.on("error", (error) => tell([error.code]));
    socket.on("upgrade", async ({ name }) => {
      socket.send("over " + name).send(new Uint8Array(7));
      while (received.length < 3) await new Promise((resolve) => socket.once("message", resolve));
      tell([...received, socket.transport.name, typeof XMLHttpRequest]);
      socket.close();
    });
    socket.send("hello");
  });
`;

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
});

async function echo(end: EngineEnd): Promise<number> {
  const { port } = await startEngine(
    end,
    { cors: { origin: "*" } },
    { prepare: (engine) => void engine.on("connection", (it) => it.on("message", (data: string) => it.send(data))) },
  );
  return port;
}

/** Serves a page and the scripts of its worker; ends with the test. */
async function servePages(): Promise<string> {
  const scripts: Record<string, string> = {
    "/worker.js": worker,
    "/engine.io.esm.min.js": script("engine.io.esm.min.js"),
  };
  const server = createServer((request, response) => {
    const source = scripts[request.url ?? ""];
    response.setHeader("content-type", source === undefined ? "text/html" : "text/javascript");
    response.end(source ?? "<!doctype html><title>page</title>");
  });
  const port = await listening(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${port}`;
}

for (const end of engineEnds) {
  describe(`server ${end.name} × our engine.io.esm.min.js`, () => {
    test.each(["dedicated", "service"])("works in a %s worker", async (kind) => {
      const [port, origin] = [await echo(end), await servePages()];
      const context = await browser.newContext();
      onTestFinished(() => context.close());
      const page = await context.newPage();
      await page.goto(origin);
      const result = await page.evaluate(
        async ([kind, uri]) => {
          if (kind === "dedicated") {
            const it = new Worker("/worker.js", { type: "module" });
            const answer = new Promise((resolve) => (it.onmessage = ({ data }) => resolve(data)));
            it.postMessage(uri);
            return answer;
          }
          const answer = new Promise((resolve) => {
            navigator.serviceWorker.onmessage = ({ data }) => resolve(data);
          });
          await navigator.serviceWorker.register("/worker.js", { type: "module" });
          (await navigator.serviceWorker.ready).active?.postMessage(uri);
          return answer;
        },
        [kind, `http://127.0.0.1:${port}`] as const,
      );
      const xhr = kind === "service" ? "undefined" : "function";
      expect(result).toEqual(["hello", "over websocket", 7, "websocket", xhr]);
    });
  });

  describe(`server ${end.name} × our engine.io.js where there is no DOM, as in React Native`, () => {
    test.each([["polling"], ["websocket"], ["polling", "websocket"]])("connects (%s, %s)", async (...transports) => {
      const port = await echo(end);
      const headers: unknown[] = [];
      const { eio } = nativeApp(headers);
      const socket = eio(`http://127.0.0.1:${port}`, { transports, extraHeaders: { "x-app": "1" } });
      const settled = new Promise<void>((resolve, reject) => {
        socket.on("error", reject);
        socket.on(transports.length > 1 ? "upgrade" : "open", () => resolve());
      });
      await settled;
      const received: unknown[] = [];
      const both = new Promise<void>((resolve) => {
        socket.on("message", (data) => void (received.push(data) === 2 && resolve()));
      });
      socket.send("text").send(new Uint8Array([1, 2, 3]));
      await both;
      expect(received[0]).toBe("text");
      expect(Array.from(new Uint8Array(received[1] as ArrayBuffer))).toEqual([1, 2, 3]);
      expect(socket.transport.name).toBe(transports.at(-1));
      if (transports.includes("websocket")) expect(headers).toContainEqual({ headers: { "x-app": "1" } });
      const closed = new Promise((resolve) => void socket.on("close", resolve));
      socket.close();
      expect(await closed).toBe("forced close");
    });
  });
}

/** The globals of a JavaScript engine and what React Native adds to it, as far as a network client looks. */
function nativeApp(options: unknown[]): { eio: (uri: string, options: SocketOptions) => EngineSocket } {
  class WebSocket extends StandardWebSocket {
    constructor(url: string, protocols?: string | string[], given?: object) {
      super(url, protocols, given);
      options.push(given);
    }
  }
  const app = {
    WebSocket,
    XMLHttpRequest: NativeRequest,
    setTimeout,
    clearTimeout,
    queueMicrotask,
    performance,
    btoa,
    atob,
  };
  const context = createContext({ ...app, navigator: { product: "ReactNative" } });
  runInContext(script("engine.io.js"), context);
  return context as never;
}

/** What React Native calls `XMLHttpRequest`, as far as it is used. */
class NativeRequest {
  status = 0;
  responseText = "";
  timeout = 0;
  withCredentials = true;
  onloadend: (() => void) | null = null;
  #request: ClientRequest | undefined;

  open(method: string, url: string): void {
    this.#request = httpRequest(url, { method }, (response) => {
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (this.responseText += chunk));
      response.on("end", () => {
        this.status = response.statusCode ?? 0;
        this.onloadend?.();
      });
    });
    this.#request.on("error", () => this.onloadend?.());
  }

  setRequestHeader(name: string, value: string): void {
    this.#request?.setHeader(name, value);
  }

  send(body?: string): void {
    this.#request?.end(body);
  }

  abort(): void {
    this.#request?.destroy();
  }
}
