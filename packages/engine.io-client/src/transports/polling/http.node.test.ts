import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, type RequestListener as Handler, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { FakeClock } from "@halyard/core/testing";
import { afterEach, expect, test } from "vitest";
import { CookieJar } from "../../cookie-jar.ts";
import { resolveOptions, type Platform, type SocketOptions } from "../../options.ts";
import { NodeXHR } from "./http.node.ts";

const platform: Platform = { transports: {}, binaryType: "nodebuffer" };
const servers: Server[] = [];

/** Gives the requester to the test. */
class Exposed extends NodeXHR {
  exchange(url: string, body?: string): Promise<{ body?: string; description?: unknown; context?: any }> {
    return new Promise((resolve) => {
      this.request(url, body, {
        onReply: (reply) => resolve({ body: reply }),
        onFailure: (description, context) => resolve({ description, context }),
      });
    });
  }
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(handler: Handler): Promise<string> {
  const server = createServer(handler).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function client(options: SocketOptions = {}): Exposed {
  return new Exposed(resolveOptions("", options, platform), "");
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

test("sends text and headers", async () => {
  const url = await serve(async (request, response) => {
    const { "content-type": type, "content-length": length, accept, "x-token": token } = request.headers;
    response.end(JSON.stringify([request.method, type, length, accept, token, await bodyOf(request)]));
  });
  const extraHeaders = { "x-token": "secret" };
  expect(JSON.parse((await client({ extraHeaders }).exchange(url, "é")).body ?? "")).toEqual([
    "POST",
    "text/plain;charset=UTF-8",
    "2",
    "*/*",
    "secret",
    "é",
  ]);
  expect(JSON.parse((await client().exchange(url)).body ?? "")).toEqual(["GET", null, null, "*/*", null, ""]);
});

test("says who it is, unless the application says something else", async () => {
  const url = await serve((request, response) => void response.end(request.headers["user-agent"]));
  expect((await client().exchange(url)).body).toBe("node-XMLHttpRequest");
  expect((await client({ extraHeaders: { "User-Agent": "mine" } }).exchange(url)).body).toBe("mine");
});

test("keeps cookies only when told to", async () => {
  const url = await serve((request, response) => {
    response.setHeader("set-cookie", ["a=1; Path=/", "b=2"]);
    response.end(request.headers.cookie ?? "none");
  });
  const keeping = client({ cookieJar: new CookieJar() });
  expect((await keeping.exchange(url)).body).toBe("none");
  expect((await keeping.exchange(url)).body).toBe("a=1; b=2");
  const forgetting = client();
  await forgetting.exchange(url);
  expect((await forgetting.exchange(url)).body).toBe("none");
});

test("reports a status other than 200 with the answer", async () => {
  const url = await serve((_request, response) => void response.writeHead(400).end('{"code":1}'));
  expect(await client().exchange(url)).toEqual({
    description: 400,
    context: { status: 400, statusText: "Bad Request", responseText: '{"code":1}', error: undefined },
  });
});

test("reports a connection that breaks, before and within the answer", async () => {
  const early = await serve((request) => void request.socket.destroy());
  expect(await client().exchange(early)).toMatchObject({ description: 0, context: { error: { code: "ECONNRESET" } } });
  const late = await serve((request, response) => {
    response.writeHead(200, { "content-length": 10 });
    response.write("half");
    setImmediate(() => request.socket.destroy());
  });
  expect(await client().exchange(late)).toMatchObject({ description: 0 });
});

test("gives up after the request timeout", async () => {
  const arrived: (() => void)[] = [];
  const url = await serve(() => arrived.shift()?.());
  const clock = new FakeClock();
  const result = client({ clock, requestTimeout: 500 }).exchange(url);
  await new Promise<void>((resolve) => arrived.push(resolve));
  clock.advance(499);
  expect(clock.pendingCount).toBe(1);
  clock.advance(1);
  expect(await result).toMatchObject({ description: 0, context: { statusText: "request timeout" } });
});

test("follows redirects, without taking secrets to another origin", async () => {
  const show: Handler = (request, response) =>
    void response.end([request.method, request.headers["x-token"] ?? "-"].join(" "));
  const elsewhere = await serve(show);
  const url = await serve((request, response) => {
    const target = { "/away": elsewhere, "/near": "/end", "/loop": "/loop" }[request.url ?? ""];
    if (target === undefined) return show(request, response);
    response.writeHead(307, { location: target }).end();
  });
  const redirected = client({ extraHeaders: { "x-token": "secret" } });
  expect((await redirected.exchange(`${url}near`, "x")).body).toBe("POST secret");
  expect((await redirected.exchange(`${url}away`, "x")).body).toBe("POST -");
  expect((await redirected.exchange(`${url}loop`)).description).toBe(307);
});

test("does not repeat a request whose connection was reset: the server may have answered, or taken what was posted", async () => {
  let count = 0;
  const url = await serve((request, response) => {
    // the second request comes over the first one's connection
    if (++count === 2) request.socket.resetAndDestroy();
    else response.end(`${count}`);
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const keeping = client({ agent });
  expect((await keeping.exchange(url)).body).toBe("1");
  await new Promise((resolve) => setImmediate(resolve));
  expect((await keeping.exchange(url)).description).toBe(0);
  expect(count).toBe(2);
  agent.destroy();
});

test("refuses headers that cannot be sent, later", async () => {
  const transport = new NodeXHR(resolveOptions("", { extraHeaders: { "bad header": "x" } }, platform), "");
  const closed = new Promise((resolve) => {
    transport.bind({ onMessage() {}, onPacket() {}, onWritable() {}, onClose: (...args) => resolve(args) });
  });
  transport.open();
  expect(await closed).toEqual(["transport error", expect.objectContaining({ message: "xhr poll error" })]);
});
