import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import type { Browser, Page } from "playwright-core";
import type { Server, ServerOptions, Socket as ServerSocket } from "socket.io";
import type { io as Io, Socket as ClientSocket } from "socket.io-client";
import { expect, onTestFinished } from "vitest";
import type { ServerEnd } from "./ends.ts";
import { eventually, once } from "./events.ts";
import type { Http3Session } from "./http3/http3-session.ts";
import { fingerprint, startHttp3 } from "./http3/server.ts";
import type { Certificate } from "./tls.ts";

declare global {
  interface Window {
    io: typeof Io;
    /** What the page trusts the server's certificate by. */
    certificateHashes: { readonly algorithm: string; readonly value: Uint8Array<ArrayBuffer> }[];
    /** Makes a client of the page's own server, with a connection of its own. */
    makeClient: (options?: object, namespace?: string) => ClientSocket;
    /** The client that `link` connected last. */
    socket: ClientSocket;
  }
}

/** A server on HTTPS and HTTP/3, and a page of it in a browser with the stock client. Ends with the test. */
export interface WebTransportRig {
  readonly io: Server;
  readonly page: Page;
  readonly origin: string;
  /** The first session, as HTTP/3 sees it. */
  readonly session: Promise<Http3Session>;
  /** Connects a client, which stays in the page as `window.socket`, and returns the server's end. */
  link(options?: object, namespace?: string): Promise<ServerSocket>;
}

const require = createRequire(import.meta.url);
const stockClient = join(dirname(require.resolve("socket.io-client/package.json")), "dist/socket.io.min.js");

/** Starts the rig; its server has all transports, and is given WebTransport sessions once `gate` is open. */
export async function startWebTransportRig(
  end: ServerEnd,
  browser: Browser,
  certificate: Certificate,
  options: Partial<ServerOptions> = {},
  gate: Promise<void> = Promise.resolve(),
): Promise<WebTransportRig> {
  const https = createServer(certificate, (_request, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>page</title>");
  });
  const io = new end.Server(https, { transports: ["polling", "websocket", "webtransport"], ...options });
  https.listen(0, "127.0.0.1");
  await once(https, "listening");
  const { port } = https.address() as AddressInfo;
  let onSession: (session: Http3Session) => void = () => {};
  const session = new Promise<Http3Session>((resolve) => (onSession = resolve));
  const http3 = await startHttp3(port, certificate, (session) => {
    onSession(session);
    void gate.then(() => io.engine.onWebTransportSession(session));
  });
  const origin = `https://127.0.0.1:${port}`;
  const { page, errors } = await openPage(browser, origin, certificate);

  onTestFinished(async () => {
    const closing = io.close(); // while there is a page to say goodbye to
    await eventually(() => io.engine.clientsCount === 0, "every session ends");
    https.closeAllConnections(); // the incumbent waits for those that the page keeps
    await closing;
    await page.close();
    await http3.close();
    // the stock client leaves promises unhandled that are rejected when the session is over
    expect(errors.filter(({ name }) => name !== "WebTransportError" && name !== "NetworkError")).toEqual([]);
  });

  return {
    io,
    page,
    origin,
    session,
    async link(clientOptions = {}, namespace = "/") {
      const joined = once(io.of(namespace), "connection");
      await page.evaluate(
        async ([options, namespace]) => {
          const socket = (window.socket = window.makeClient(options, namespace));
          await new Promise<void>((resolve, reject) => socket.on("connect", resolve).on("connect_error", reject));
        },
        [clientOptions, namespace] as const,
      );
      const [socket] = await joined;
      return socket as ServerSocket;
    },
  };
}

async function openPage(
  browser: Browser,
  origin: string,
  certificate: Certificate,
): Promise<{ page: Page; errors: Error[] }> {
  const page = await browser.newPage({ ignoreHTTPSErrors: true });
  const errors: Error[] = [];
  page.on("pageerror", (error) => errors.push(error));
  await page.goto(origin);
  await page.addScriptTag({ content: readFileSync(stockClient, "utf8") });
  await page.evaluate((hash) => {
    window.certificateHashes = [{ algorithm: "sha-256", value: new Uint8Array(hash) }];
    window.makeClient = (options, namespace = "/") => {
      const transportOptions = { webtransport: { serverCertificateHashes: window.certificateHashes } };
      const defaults = { forceNew: true, reconnection: false, transports: ["webtransport"], transportOptions };
      return window.io(namespace, { ...defaults, ...options });
    };
  }, fingerprint(certificate));
  return { page, errors };
}
