import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:https";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Socket as EngineSocket } from "@halyard/engine.io-client";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { launchChromium } from "./chromium.ts";
import { engineEnds, type EngineEnd } from "./engine-rig.ts";
import { fingerprint, startHttp3 } from "./http3/server.ts";
import { listening } from "./listening.ts";
import { selfSigned, type Certificate } from "./tls.ts";

/** What a page loads of ours, and how it gets at the function that connects. */
const bundles = [
  { file: "engine.io.js", load: "window.connect = (uri, options) => eio(uri, options);" },
  { file: "engine.io.min.js", load: "window.connect = (uri, options) => eio(uri, options);" },
  {
    file: "engine.io.esm.min.js",
    load: `import { Socket, WebTransport } from "/engine.io.esm.min.js";
      window.connect = (uri, { transports = ["polling", WebTransport, "websocket"], ...options }) =>
        new Socket(uri, { ...options, transports: transports.map((it) => (it === "webtransport" ? WebTransport : it)) });`,
  },
];
type Bundle = (typeof bundles)[number];

declare global {
  interface Window {
    connect: (uri: string, options: object) => EngineSocket;
  }
}

const dist = join(dirname(createRequire(import.meta.url).resolve("@halyard/engine.io-client/package.json")), "dist");
let browser: Browser;
let certificate: Certificate;

beforeAll(async () => {
  browser = await launchChromium();
  certificate = selfSigned();
});

afterAll(async () => {
  await browser?.close();
});

/** An engine that echoes, on HTTPS and HTTP/3, and a page of its origin that has loaded the bundle. Ends with the test. */
async function start(end: EngineEnd, bundle: Bundle): Promise<{ page: Page; origin: string; hash: number[] }> {
  const https = createServer(certificate, (request, response) => {
    const script = bundles.find(({ file }) => request.url === `/${file}`);
    response.setHeader("content-type", script ? "text/javascript" : "text/html");
    response.end(script ? readFileSync(join(dist, script.file)) : "<!doctype html><title>page</title>");
  });
  const engine = new end.module.Server({ transports: ["polling", "websocket", "webtransport"] });
  engine.attach(https);
  engine.on("connection", (socket) => socket.on("message", (data: string | Buffer) => socket.send(data)));
  const port = await listening(https);
  const http3 = await startHttp3(port, certificate, (session) => void engine.onWebTransportSession(session));
  const origin = `https://127.0.0.1:${port}`;
  const page = await openPage(origin, bundle);
  onTestFinished(async () => {
    await page.close();
    engine.close();
    https.closeAllConnections();
    https.close();
    await http3.close();
  });
  return { page, origin, hash: fingerprint(certificate) };
}

async function openPage(origin: string, { file, load }: Bundle): Promise<Page> {
  const page = await browser.newPage({ ignoreHTTPSErrors: true });
  await page.goto(origin);
  if (file.includes("esm")) await page.addScriptTag({ type: "module", content: load });
  else {
    await page.addScriptTag({ url: `/${file}` });
    await page.addScriptTag({ content: load });
  }
  await page.waitForFunction(() => "connect" in window);
  return page;
}

/** Sends text and binary, and returns the transport, what came back and why the socket closed. */
function exchange(page: Page, uri: string, options: object, hash: number[], until?: string): Promise<unknown[]> {
  return page.evaluate(
    async ([uri, options, hash, until]) => {
      const webtransport = { serverCertificateHashes: [{ algorithm: "sha-256", value: new Uint8Array(hash) }] };
      const socket = window.connect(uri, { ...options, transportOptions: { webtransport } });
      const failed = new Promise((_resolve, reject) => {
        socket.on("error", (error) => reject(new Error(`${(error as { code?: string }).code}`)));
      });
      const upgraded = new Promise<void>((resolve) => {
        if (until !== undefined) socket.on("upgrade", ({ name }) => void (name === until && resolve()));
        else socket.on("open", () => resolve());
      });
      await Promise.race([upgraded, failed]);
      const long = "é".repeat(70_000);
      const sent = ["text", "", new Uint8Array([0, 1, 255]), new Uint8Array(0), long, new Uint8Array(70_000)] as const;
      const received: unknown[] = [];
      const all = new Promise<void>((resolve) => {
        socket.on("message", (data) => {
          const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : undefined;
          received.push(bytes ? Array.from(bytes.slice(0, 3)).concat(bytes.length) : data === long ? "long" : data);
          if (received.length === sent.length) resolve();
        });
      });
      for (const data of sent) socket.send(data);
      await Promise.race([all, failed]);
      const { name } = socket.transport;
      const closed = new Promise((resolve) => void socket.on("close", resolve));
      socket.close();
      return [name, received, await closed];
    },
    [uri, options, hash, until] as const,
  );
}

const ECHOES = ["text", "", [0, 1, 255, 3], [0], "long", [0, 0, 0, 70_000]];

for (const end of engineEnds)
  for (const bundle of bundles)
    describe(`server ${end.name} × our ${bundle.file} in Chromium`, () => {
      test.each(["polling", "websocket", "webtransport"])("echoes over %s", async (name) => {
        const { page, origin, hash } = await start(end, bundle);
        const result = await exchange(page, origin, { transports: [name], upgrade: false }, hash);
        expect(result).toEqual([name, ECHOES, "forced close"]);
      });

      test("upgrades to the best that there is", async () => {
        const { page, origin, hash } = await start(end, bundle);
        expect(await exchange(page, origin, {}, hash, "webtransport")).toEqual([
          "webtransport",
          ECHOES,
          "forced close",
        ]);
      });

      test("upgrades to WebSocket where WebTransport is refused", async () => {
        const { page, origin } = await start(end, bundle);
        const wrong = Array.from({ length: 32 }, () => 0);
        expect(await exchange(page, origin, {}, wrong, "websocket")).toEqual(["websocket", ECHOES, "forced close"]);
      });
    });

describe("what a page is told of a failure", () => {
  async function failure(options: object, path = ""): Promise<unknown> {
    const http = createHttpServer((request, response) => {
      response.writeHead(request.url?.startsWith("/engine.io/") ? 400 : 404, { "access-control-allow-origin": "*" });
      response.end('{"code":1,"message":"Session ID unknown"}');
    });
    const port = await listening(http);
    onTestFinished(() => void http.close());
    const [end] = engineEnds;
    const [bundle] = bundles;
    if (!end || !bundle) throw new Error("there is nothing to test");
    const { page } = await start(end, bundle);
    return page.evaluate(
      ([uri, options]) =>
        new Promise((resolve) => {
          const socket = window.connect(uri, options);
          socket.on("error", (error) => resolve((error as { code?: string }).code));
        }),
      [`http://127.0.0.1:${port}${path}`, options] as const,
    );
  }

  test("pitfall 17: a wrong path", async () => {
    expect(await failure({ transports: ["polling"], path: "/nowhere" })).toBe("HTTP_404");
  });

  test("pitfall 17: an unknown session", async () => {
    expect(await failure({ transports: ["polling"] })).toBe("SESSION_ID_UNKNOWN");
  });

  test("pitfall 17: a server that does not know the page's origin, as far as a page can tell", async () => {
    expect(await failure({ transports: ["polling"], withCredentials: true })).toBe("CORS_OR_NETWORK");
  });
});

test("pitfall 25: a page that comes back from the cache finds out at once, and so does one that loses the network", async () => {
  const [end] = engineEnds.slice(-1);
  const [bundle] = bundles;
  if (!end || !bundle) throw new Error("there is nothing to test");
  const { page, origin } = await start(end, bundle);
  const reasons = await page.evaluate(async (origin) => {
    const open = async (transports: string[]): Promise<{ reason: Promise<unknown> }> => {
      const socket = window.connect(origin, { transports, upgrade: false });
      await new Promise<void>((resolve) => void socket.on("open", () => resolve()));
      return { reason: new Promise((resolve) => void socket.on("close", resolve)) };
    };
    const polling = await open(["polling"]);
    window.dispatchEvent(new Event("pagehide"));
    window.dispatchEvent(new Event("pageshow"));
    const first = await polling.reason;
    const websocket = await open(["websocket"]);
    window.dispatchEvent(new Event("offline"));
    return [first, await websocket.reason];
  }, origin);
  expect(reasons).toEqual(["transport error", "transport close"]);
});
