import type { IncomingHttpHeaders } from "node:http";
import type { Server, ServerOptions } from "socket.io";
import { eventually, once } from "./events.ts";
import { rawHttp, requestText, upgradeText, type RawAnswer } from "./raw.ts";
import { elsewhere, wireSideBySide, withoutIds, type WireRow } from "./wire-rig.ts";

const HEADERS: readonly (keyof IncomingHttpHeaders)[] = [
  "content-type",
  "connection",
  "cache-control",
  "access-control-allow-origin",
  "allow",
  "location",
];

const brief = ({ status, headers, body }: RawAnswer): unknown => ({
  status,
  headers: Object.fromEntries(HEADERS.map((name) => [name, headers[name]])),
  body: body.length > 500 ? `${body.length} long` : withoutIds(body, new Map()),
});

wireSideBySide("requests", [
  ...[
    "GET /socket.io/",
    "GET /socket.io/?EIO=4",
    "GET /socket.io/?transport=polling",
    "GET /socket.io/?EIO=5&transport=polling",
    "GET /socket.io/?EIO=2&transport=polling",
    "GET /socket.io/?EIO=3&transport=polling",
    "GET /socket.io/?EIO=4&transport=webtransport",
    "GET /socket.io/?EIO=4&transport=constructor",
    "GET /socket.io/?EIO=4&transport=__proto__",
    "GET /socket.io/?EIO=4&transport=polling&sid=",
    "GET /socket.io/?EIO=4&transport=polling&sid=__proto__",
    "GET /socket.io/?EIO=4&transport=polling&sid=a&sid=b",
    "GET /socket.io/?EIO=4&EIO=4&transport=polling",
    "GET /socket.io/?EIO=4&transport=polling&transport=polling",
    "GET /socket.io/?eio=4&TRANSPORT=polling",
    "PUT /socket.io/?EIO=4&transport=polling",
    "DELETE /socket.io/?EIO=4&transport=polling",
    "HEAD /socket.io/?EIO=4&transport=polling",
    "OPTIONS /socket.io/?EIO=4&transport=polling",
    "POST /socket.io/?EIO=4&transport=polling",
    "GET /socket.io?EIO=4&transport=polling",
    "GET /socket.io",
    "GET //socket.io/?EIO=4&transport=polling",
    "GET /socket.io/x?EIO=4&transport=polling",
    "GET /socket.io/socket.io.mjs",
    "GET /socket.io/socket.io.js.mapx",
    "GET /socket.io/../socket.io/socket.io.js",
  ].map((line): WireRow => {
    const [method = "", target = ""] = line.split(" ");
    return { name: line, see: async ({ port }) => brief(await rawHttp(port, requestText(method, target))) };
  }),
  ...["EIO=4&transport=tcp", "EIO=4", "EIO=4&transport=websocket&sid=nobody", ""].map((query): WireRow => ({
    name: `a WebSocket handshake with “${query}”`,
    see: async ({ port }) => brief(await rawHttp(port, upgradeText(`/socket.io/?${query}`))),
  })),
  ...["EIO=3&transport=websocket", "EIO=5&transport=websocket", "transport=websocket"].map((query): WireRow => ({
    name: `a WebSocket handshake with “${query}”, which is refused before the connection is a WebSocket`,
    see: async ({ port }) => {
      const { status, body } = await rawHttp(port, upgradeText(`/socket.io/?${query}`));
      return [status, body];
    },
    ours: [400, "Unsupported protocol version"],
  })),
  {
    name: "two polls at once",
    see: async ({ io, port }) => {
      const session = await opened(io, port);
      const first = rawHttp(port, requestText("GET", session.target));
      await eventually(() => session.raw.transport.writable, "the first poll");
      const closed = once(session.raw, "close");
      const second = brief(await rawHttp(port, requestText("GET", session.target)));
      return [second, brief(await first), (await closed)[0]];
    },
  },
  {
    name: "two posts at once",
    see: async ({ io, http, port }) => {
      const session = await opened(io, port);
      const headers = { "content-length": "10", "content-type": "text/plain" };
      const arrived = once(http, "request");
      rawHttp(port, requestText("POST", session.target, { headers })).catch(() => {}); // the rest never comes
      await arrived;
      const closed = once(session.raw, "close");
      const second = brief(await rawHttp(port, requestText("POST", session.target, { body: "4x" })));
      return [second, (await closed)[0]];
    },
  },
  ...["1", "3", "5", "6", "40\u001e1\u001e40"].map((body) => post(body)),
  // the incumbent says "ok" to what it cannot read, or reads a part of it
  ...["", "x", "\u001e", "4a\u001e", "bAQ=", "b!", "0"].map((body) => post(body, [400, "", ["parse error"]])),
]);

function post(body: string, ours?: unknown): WireRow {
  return {
    name: `a post of “${body.replaceAll("\u001e", "␞")}”`,
    see: async ({ io, port }) => {
      const session = await opened(io, port);
      const told: unknown[] = [];
      session.raw.on("close", (reason: unknown) => told.push(reason));
      session.raw.on("data", (data: unknown) => told.push(data));
      const headers = { "content-type": "text/plain;charset=UTF-8" };
      const answer = await rawHttp(port, requestText("POST", session.target, { body, headers }));
      return [answer.status, answer.body, told];
    },
    ...(ours !== undefined && { ours }),
  };
}

async function opened(io: Server, port: number) {
  const connection = once(io.engine, "connection");
  const base = "/socket.io/?EIO=4&transport=polling";
  const { body } = await rawHttp(port, requestText("GET", base));
  const [raw] = await connection;
  return { target: `${base}&sid=${/"sid":"([^"]+)"/.exec(body)?.[1]}`, raw };
}

wireSideBySide("files for browsers", [
  ...["socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js"].flatMap((file) =>
    [file, `${file}.map`, `${file}?v=1`].map((name): WireRow => ({
      name,
      see: async ({ port }) => {
        const { status, headers } = await rawHttp(port, requestText("GET", `/socket.io/${name}`));
        return [
          status,
          headers["content-type"],
          headers["cache-control"],
          /^(W\/)?"[^"]+"$/.test(String(headers["etag"])),
        ];
      },
    })),
  ),
  ...(["etag", "weak", "other", "*"] as const).map((kind): WireRow => ({
    name: `If-None-Match: ${kind}`,
    see: async ({ port }) => {
      const { etag = "" } = (await rawHttp(port, requestText("GET", "/socket.io/socket.io.js"))).headers;
      const value = { etag, weak: `W/${etag}`, other: '"x"', "*": "*" }[kind];
      const answer = await rawHttp(
        port,
        requestText("GET", "/socket.io/socket.io.js", { headers: { "if-none-match": value } }),
      );
      return [answer.status, answer.body.length > 0];
    },
  })),
  ...["gzip", "deflate", "br", "identity"].map((accept): WireRow => ({
    name: `Accept-Encoding: ${accept}`,
    see: async ({ port }) => {
      const { headers } = await rawHttp(
        port,
        requestText("GET", "/socket.io/socket.io.js", { headers: { "accept-encoding": accept } }),
      );
      return headers["content-encoding"] ?? "none";
    },
  })),
  {
    name: "none, when told",
    settings: { serveClient: false },
    see: async ({ port }) => brief(await rawHttp(port, requestText("GET", "/socket.io/socket.io.js"))),
  },
]);

wireSideBySide("options", [
  {
    name: "of recovery, as applications read them",
    settings: { connectionStateRecovery: {} },
    see: ({ io }) => (io as unknown as { opts: ServerOptions }).opts.connectionStateRecovery,
  },
  ...(["/a", "/a/", "a", "/a/b/", "/"] as const).map((path): WireRow => ({
    name: `path ${path}`,
    settings: { path },
    see: async ({ io, http, port }) => [
      http.off("request", elsewhere) === http,
      io.path(),
      (await rawHttp(port, requestText("GET", `${io.path()}/?EIO=4&transport=polling`))).status,
      (await rawHttp(port, requestText("GET", `${io.path()}/socket.io.js`))).status,
    ],
  })),
]);
