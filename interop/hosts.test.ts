import { createServer, request, type IncomingMessage } from "node:http";
import { connect as connectHttp2, createSecureServer as createHttp2Server, type ClientHttp2Session } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import { connect as connectTcp, type AddressInfo, type Server as NetServer } from "node:net";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import type { Server, ServerOptions } from "socket.io";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { channels, pairs, serverEnds, type Pair } from "./ends.ts";
import { once } from "./events.ts";
import { serving } from "./listening.ts";
import { connected, startRig } from "./rig.ts";
import { selfSigned, type Certificate } from "./tls.ts";

let certificate: Certificate;
beforeAll(() => {
  certificate = selfSigned();
});

async function expectTalk(pair: Pair, io: Server, url: string, options: object): Promise<void> {
  io.on("connection", (socket) => socket.on("echo", (value, answer) => answer(value, socket.handshake.secure)));
  for (const channel of channels) {
    const client = pair.client.io(url, { forceNew: true, reconnection: false, ...channel.options, ...options });
    await connected(client);
    const bytes = Buffer.from([1, 2]);
    const answer = await new Promise((resolve) => client.emit("echo", bytes, (...args: unknown[]) => resolve(args)));
    expect(answer).toEqual([bytes, url.startsWith("https")]);
    client.close();
  }
}

for (const pair of pairs) {
  describe(pair.name, () => {
    const { Server } = pair.server;

    test("on an http server", async () => {
      const host = createServer();
      const io = new Server(host);
      const port = await serving(host, io);
      await expectTalk(pair, io, `http://127.0.0.1:${port}`, {});
    });

    test("on an https server", async () => {
      const host = createHttpsServer(certificate);
      const io = new Server(host);
      const port = await serving(host, io);
      await expectTalk(pair, io, `https://127.0.0.1:${port}`, { ca: certificate.cert });
    });

    test("on an http2 server that allows HTTP/1", async () => {
      const host = createHttp2Server({ ...certificate, allowHTTP1: true });
      const io = new Server(host as never);
      const port = await serving(host, io);
      await expectTalk(pair, io, `https://127.0.0.1:${port}`, { ca: certificate.cert });
    });

    test("on a port, by listen and by attach", async () => {
      const io = new Server();
      io.listen(0);
      onTestFinished(async () => {
        await io.close();
      });
      const host = io.httpServer as NetServer;
      if (!host.listening) await once(host, "listening");
      await expectTalk(pair, io, `http://localhost:${(host.address() as AddressInfo).port}`, {});

      const other = createServer();
      const attached = new Server();
      attached.attach(other, { path: "/elsewhere" });
      const port = await serving(other, attached);
      await expectTalk(pair, attached, `http://127.0.0.1:${port}`, { path: "/elsewhere" });
    });

    test("two servers share a host under different paths", async () => {
      const host = createServer();
      const first = new Server(host, { path: "/first" });
      const second = new Server(host, { path: "/second" });
      const port = await serving(host, first);
      onTestFinished(async () => {
        await second.close();
      });
      await expectTalk(pair, first, `http://127.0.0.1:${port}`, { path: "/first" });
      await expectTalk(pair, second, `http://127.0.0.1:${port}`, { path: "/second" });
    });

    test("an untrusted certificate is a connect_error", async () => {
      const host = createHttpsServer(certificate);
      const io = new Server(host);
      const port = await serving(host, io);
      for (const channel of channels.slice(0, 2)) {
        const client = pair.client.io(`https://127.0.0.1:${port}`, {
          forceNew: true,
          reconnection: false,
          ...channel.options,
        });
        const [error] = await once(client, "connect_error");
        expect(error).toBeInstanceOf(Error);
        client.close();
      }
    });

    test("cookies are kept by a client that asks for it", async () => {
      const rig = await startRig(pair, { name: "polling", options: { transports: ["polling"] } }, { cookie: true });
      let cookie: string | undefined;
      rig.io.engine.use((req: IncomingMessage, _res: unknown, next: () => void) => {
        if (req.method === "POST") cookie ??= req.headers.cookie;
        next();
      });
      const { client, socket } = await rig.link("/", { withCredentials: true });
      const heard = once(socket, "x");
      client.emit("x");
      await heard;
      expect(cookie).toBe(`io=${(socket.conn as unknown as { id: string }).id}`);
    });
  });
}

for (const end of serverEnds) {
  describe(`server ${end.name}`, () => {
    async function serve(options: Partial<ServerOptions> = {}): Promise<{ io: Server; host: NetServer; url: string }> {
      const host = createServer((_request, response) => response.writeHead(404).end("the application's own 404"));
      const io = new end.Server(host, options);
      const port = await serving(host, io);
      return { io, host, url: `http://127.0.0.1:${port}` };
    }

    test("speaks over HTTP/2 proper", async () => {
      const host = createHttp2Server(certificate);
      const io = new end.Server(host as never);
      const port = await serving(host, io);
      const joined = once(io, "connection");
      const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: certificate.cert });
      onTestFinished(() => session.destroy());
      const open = await exchange(session, "GET", "/socket.io/?EIO=4&transport=polling");
      expect(open.status).toBe(200);
      const { sid, upgrades } = JSON.parse(open.body.slice(1)) as { sid: string; upgrades: string[] };
      expect(upgrades).toEqual(["websocket"]);
      const path = `/socket.io/?EIO=4&transport=polling&sid=${sid}`;
      expect(await exchange(session, "POST", path, "40")).toMatchObject({ status: 200, body: "ok" });
      await joined;
      expect((await exchange(session, "GET", path)).body).toMatch(/^40\{"sid":"[\w-]{20}"\}$/);
    });

    test("leaves other paths to the application", async () => {
      const { url } = await serve();
      for (const path of ["/", "/socket.ioo/", "/other/socket.io/"]) {
        const answer = await fetch(url + path);
        expect([path, answer.status, await answer.text()]).toEqual([path, 404, "the application's own 404"]);
      }
    });

    test("ends an upgrade that nobody takes", async () => {
      const { host } = await serve({ destroyUpgradeTimeout: 20 });
      const { port } = host.address() as AddressInfo;
      const tcp = connectTcp(port, "127.0.0.1");
      const ended = once(tcp, "close");
      tcp.resume();
      tcp.write("GET /nobody HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
      await ended;
    });

    test("allowRequest decides", async () => {
      const { url } = await serve({
        allowRequest: (req, decide) =>
          setImmediate(() => decide(req.headers["x-key"] ? null : "no key", !!req.headers["x-key"])),
      });
      const path = `${url}/socket.io/?EIO=4&transport=polling`;
      const refused = await fetch(path);
      expect([refused.status, await refused.json()]).toEqual([403, { code: 4, message: "no key" }]);
      expect((await fetch(path, { headers: { "x-key": "1" } })).status).toBe(200);
    });

    test("cors headers and preflight", async () => {
      const { url } = await serve({ cors: { origin: "http://app.example", credentials: true } });
      const path = `${url}/socket.io/?EIO=4&transport=polling`;
      const preflight = await fetch(path, {
        method: "OPTIONS",
        headers: { origin: "http://app.example", "access-control-request-method": "POST" },
      });
      expect(preflight.status).toBe(204);
      const answer = await fetch(path, { headers: { origin: "http://app.example" } });
      for (const { headers } of [preflight, answer]) {
        expect(headers.get("access-control-allow-origin")).toBe("http://app.example");
        expect(headers.get("access-control-allow-credentials")).toBe("true");
      }
    });

    test("headers can be added to the first answer and to every answer", async () => {
      const { io, url } = await serve({ cookie: { name: "lb", maxAge: 60 } });
      io.engine.on("initial_headers", (headers: Record<string, string>) => (headers["x-first"] = "1"));
      io.engine.on("headers", (headers: Record<string, string>) => (headers["x-every"] = "1"));
      const path = `${url}/socket.io/?EIO=4&transport=polling`;
      const first = await fetch(path);
      const { sid } = JSON.parse((await first.text()).slice(1)) as { sid: string };
      expect([first.headers.get("x-first"), first.headers.get("x-every")]).toEqual(["1", "1"]);
      expect(first.headers.get("set-cookie")).toBe(`lb=${sid}; Max-Age=60; Path=/; HttpOnly; SameSite=Lax`);
      const next = await fetch(`${path}&sid=${sid}`, { method: "POST", body: "40" });
      expect([next.headers.get("x-first"), next.headers.get("x-every")]).toEqual([null, "1"]);
      await fetch(`${path}&sid=${sid}`, { method: "POST", body: "1" });
    });

    test("long answers of long-polling are compressed", async () => {
      const { io, url } = await serve();
      io.on("connection", (socket) => socket.emit("x", "y".repeat(5_000)));
      const path = `/socket.io/?EIO=4&transport=polling`;
      const { sid } = JSON.parse((await (await fetch(url + path)).text()).slice(1)) as { sid: string };
      await (await fetch(`${url}${path}&sid=${sid}`, { method: "POST", body: "40" })).text();
      let joined = "";
      while (!joined.includes("yyy")) {
        const { encoding, body } = await raw(`${url}${path}&sid=${sid}`, { "accept-encoding": "gzip" });
        const long = body.length > 50 && encoding === "gzip";
        joined += (long ? gunzipSync(body) : body).toString();
        if (joined.includes("yyy")) expect(encoding).toBe("gzip");
      }
    });
  });

  describe(`server ${end.name} serves the client`, () => {
    const files = [
      "socket.io.js",
      "socket.io.min.js",
      "socket.io.esm.min.js",
      "socket.io.msgpack.min.js",
      "socket.io.js.map",
      "socket.io.min.js.map",
      "socket.io.esm.min.js.map",
      "socket.io.msgpack.min.js.map",
    ];

    async function serveFiles(options: Partial<ServerOptions> = {}): Promise<string> {
      const host = createServer((_request, response) => response.writeHead(404).end("the application's own 404"));
      const io = new end.Server(host, options);
      return `http://127.0.0.1:${await serving(host, io)}`;
    }

    for (const file of files) {
      test(file, async () => {
        const url = await serveFiles({ path: "/deep/io" });
        const answer = await fetch(`${url}/deep/io/${file}`);
        expect(answer.status).toBe(200);
        const type = file.endsWith(".map") ? "application/json" : "application/javascript";
        expect(answer.headers.get("content-type")).toBe(`${type}; charset=utf-8`);
        expect(answer.headers.get("cache-control")).toBe("public, max-age=0");
        const etag = answer.headers.get("etag") ?? "";
        expect(etag).toMatch(/^"\d+\.\d+\.\d+.*"$/);
        const text = await answer.text();
        expect(text.length).toBeGreaterThan(1000);
        for (const validator of [etag, `W/${etag}`]) {
          const again = await fetch(`${url}/deep/io/${file}`, { headers: { "if-none-match": validator } });
          expect([again.status, await again.text()]).toEqual([304, ""]);
        }
      });
    }

    test("compressed as the browser asks", async () => {
      const url = `${await serveFiles()}/socket.io/socket.io.min.js`;
      const plain = await (await fetch(url)).text();
      const brotli = await raw(url, { "accept-encoding": "br" });
      expect([brotli.encoding, brotliDecompressSync(brotli.body).toString()]).toEqual(["br", plain]);
      const gzip = await raw(url, { "accept-encoding": "gzip" });
      expect([gzip.encoding, gunzipSync(gzip.body).toString()]).toEqual(["gzip", plain]);
    });

    test("only its own files, and only if wanted", async () => {
      const url = await serveFiles();
      for (const path of ["package.json", "socket.io.esm.js", "../package.json", "%2e%2e/package.json"]) {
        const answer = await fetch(`${url}/socket.io/${path}`);
        expect([path, answer.ok]).toEqual([path, false]);
      }
      const without = await serveFiles({ serveClient: false });
      expect((await fetch(`${without}/socket.io/socket.io.js`)).ok).toBe(false);
    });
  });
}

interface Http2Answer {
  readonly status: number;
  readonly body: string;
}

async function exchange(
  session: ClientHttp2Session,
  method: string,
  path: string,
  body?: string,
): Promise<Http2Answer> {
  const stream = session.request({ ":method": method, ":path": path, "content-type": "text/plain" });
  const headers = once(stream, "response", { unless: ["error"] });
  stream.end(body);
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(stream, "end");
  return { status: Number((await headers)[0][":status"]), body: Buffer.concat(chunks).toString() };
}

/** GETs without undoing the encoding. */
async function raw(url: string, headers: Record<string, string>): Promise<{ encoding: unknown; body: Buffer }> {
  const sent = request(url, { headers });
  sent.end();
  const [response] = (await once(sent, "response", { unless: ["error"] })) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { encoding: response.headers["content-encoding"], body: Buffer.concat(chunks) };
}
