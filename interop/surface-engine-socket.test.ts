import { connect } from "node:net";
import type { Socket } from "engine.io";
import { WebSocket, WebSocketServer } from "ws";
import { expect, test } from "vitest";
import { brief, engineEnds, sideBySide, startEngine, withoutSid, type EngineRig } from "./engine-rig.ts";
import { eventually, once } from "./events.ts";
import { upgradeText } from "./raw.ts";

const POLLING = "EIO=4&transport=polling";
const WEBSOCKET = "EIO=4&transport=websocket";

/** Opens a session over WebSocket. */
async function open(rig: EngineRig, query = WEBSOCKET) {
  const client = await rig.connect(query);
  const handshake = withoutSid(String(await client.next()));
  const socket = rig.sockets.at(-1)!;
  return { client, socket, handshake };
}

/** Opens a session over long-polling and moves it to a WebSocket. */
async function upgrade(rig: EngineRig, watch: (socket: Socket) => void = () => {}) {
  const { sid, query } = await rig.open();
  const socket = rig.sockets.at(-1)!;
  watch(socket);
  const poll = rig.get(query);
  const client = await rig.connect(`${WEBSOCKET}&sid=${sid}`);
  client.ws.send("2probe");
  const probe = await client.next();
  const released = (await poll).body;
  const upgraded = once(socket, "upgrade");
  client.ws.send("5");
  await upgraded;
  return { client, socket, probe, released };
}

/** The lines of the 101 answer that are not the WebSocket protocol's own. */
async function upgradeHead(rig: EngineRig, query: string): Promise<string[]> {
  const tcp = connect(rig.port, "127.0.0.1");
  tcp.write(upgradeText(`/engine.io/?${query}`));
  const [chunk] = await once(tcp, "data");
  tcp.destroy();
  const [status = "", ...lines] = String(chunk).split("\r\n\r\n")[0]!.split("\r\n");
  return [status, ...lines.filter((line) => !/^(upgrade|connection|sec-websocket-accept):/i.test(line))];
}

/** Typed as private there. */
const idOf = (socket: unknown): string => String((socket as { id: unknown }).id);

/** Typed as private there. */
const writeBufferOf = (socket: unknown): { type: string; data: unknown }[] =>
  (socket as { writeBuffer: { type: string; data: unknown }[] }).writeBuffer;

const plain = ({ type, data, options }: { type: string; data?: string | Buffer; options?: unknown }): unknown => [
  type,
  type === "open" ? "…" : data?.toString(),
  options,
];

sideBySide("what a session tells", [
  {
    name: "its attributes",
    see: async (rig) => {
      const { socket } = await open(rig);
      return [
        idOf(socket) === Object.keys((rig.engine as unknown as { clients: object }).clients)[0],
        socket.protocol,
        socket.readyState,
        socket.remoteAddress,
        socket.transport.name,
        (socket as unknown as { upgraded: boolean }).upgraded,
        (socket as unknown as { upgrading: boolean }).upgrading,
        (socket as unknown as { server: unknown }).server === rig.engine,
        socket.request.url?.split("?")[0],
        (socket.request as unknown as { _query: unknown })._query,
        rig.engine.clientsCount,
        socket instanceof rig.end.module.Socket,
      ];
    },
  },
  {
    name: "packets that come and go",
    see: async (rig) => {
      const { client, socket } = await open(rig);
      const events: unknown[] = [];
      socket.on("packet", (packet) => events.push(["packet", plain(packet)]));
      socket.on("packetCreate", (packet) => events.push(["packetCreate", plain(packet)]));
      socket.on("data", (data) => events.push(["data", String(data)]));
      socket.on("message", (data) => events.push(["message", String(data)]));
      socket.on("flush", (packets) => events.push(["flush", packets.length]));
      client.ws.send("4text");
      client.ws.send(Buffer.from("bytes"));
      await eventually(() => events.length >= 6, "both messages");
      socket.send("a");
      socket.write(Buffer.from("b"), { compress: false });
      return [events, await client.next(), await client.next()];
    },
  },
  {
    name: "what the callback of send gets, and that the server tells",
    see: async (rig) => {
      const { client, socket } = await open(rig);
      const told: unknown[] = [];
      rig.engine.on("flush", (of, packets) => told.push(["flush", of === socket, packets.length]));
      const drained = once(rig.engine, "drain");
      const callback = new Promise((resolve) => socket.send("a", resolve as never));
      return [(await callback) === socket.transport, told, (await drained)[0] === socket, await client.next()];
    },
  },
  {
    name: "messages of other types",
    see: async (rig) => {
      const { client, socket } = await open(rig);
      const odd: unknown[] = [
        7,
        "",
        undefined,
        null,
        new Uint8Array([1]).buffer,
        new Uint16Array([2]),
        new URL("http://a/b"),
      ];
      for (const data of odd) socket.send(data as never);
      const received: unknown[] = [];
      for (let each = 0; each < odd.length; each++) {
        const data = await client.next();
        received.push(typeof data === "string" ? data : [...data]);
      }
      return received;
    },
  },
  {
    name: "messages of other types over long-polling",
    see: async (rig) => {
      const { query } = await rig.open();
      const odd: unknown[] = [7, "", undefined, new Uint8Array([1]).buffer, new Uint16Array([2])];
      for (const data of odd) rig.sockets[0]!.send(data as never);
      const bodies: string[] = [];
      while (bodies.join("\u001e").split("\u001e").length < odd.length) bodies.push((await rig.get(query)).body);
      return bodies.join("\u001e");
    },
  },
  {
    name: "an upgrade",
    see: async (rig) => {
      const events: unknown[] = [];
      const { socket, probe, released } = await upgrade(rig, (opened) => {
        for (const event of ["upgrading", "upgrade"])
          opened.on(event, (transport: { name: string }) =>
            events.push([event, transport.name, opened.transport.name]),
          );
      });
      const { upgraded } = socket as unknown as { upgraded: boolean };
      return [events, probe, released, upgraded, socket.transport.name];
    },
  },
  {
    name: "a heartbeat",
    settings: { pingInterval: 20 },
    see: async (rig) => {
      const { client, socket } = await open(rig);
      const ping = await client.next();
      const beat = once(socket, "heartbeat");
      client.ws.send("3");
      await beat;
      return ping;
    },
  },
  {
    name: "a heartbeat of protocol 3",
    settings: { allowEIO3: true },
    see: async (rig) => {
      const { client, socket } = await open(rig, "EIO=3&transport=websocket");
      const beat = once(socket, "heartbeat");
      client.ws.send("2");
      await beat;
      return [await client.next(), socket.protocol];
    },
  },
  {
    name: "a ping from a client of protocol 4",
    see: async (rig) => {
      const { client, socket } = await open(rig);
      const closed = once(socket, "close");
      client.ws.send("2");
      const [reason, description] = await closed;
      return [reason, (description as Error).message, await client.closed];
    },
  },
  {
    name: "silence",
    settings: { pingInterval: 20, pingTimeout: 20 },
    see: async (rig) => (await once((await open(rig)).socket, "close"))[0],
  },
  {
    name: "the end of the connection",
    see: async (rig) => {
      const { client, socket } = await open(rig);
      client.ws.terminate();
      const [reason] = await once(socket, "close");
      return [reason, socket.readyState, rig.engine.clientsCount];
    },
  },
  {
    name: "what was not sent when it closes",
    see: async (rig) => {
      await rig.open();
      const socket = rig.sockets[0]!;
      socket.send("a");
      socket.send("b");
      const unsent = new Promise((resolve) =>
        socket.once("close", () => resolve(writeBufferOf(socket).map(({ type, data }) => [type, data]))),
      );
      socket.close(true);
      return unsent;
    },
  },
]);

sideBySide("close of a session", [
  {
    name: "over WebSocket, with messages before it",
    see: async (rig) => {
      const { client, socket } = await open(rig);
      const closed = once(socket, "close");
      for (const data of ["a", "b", "c"]) socket.send(data);
      socket.close();
      const states = [socket.readyState === "open"];
      socket.send("too late");
      const received = [await client.next(), await client.next(), await client.next()];
      return [states, received, (await closed)[0], await client.closed];
    },
  },
  {
    name: "at once",
    see: async (rig) => {
      const { client, socket } = await open(rig);
      const closed = once(socket, "close");
      socket.close(true);
      socket.close(true);
      return [(await closed)[0], await client.closed, socket.readyState];
    },
  },
  {
    name: "over long-polling, with a poll that waits",
    see: async (rig) => {
      const { query } = await rig.open();
      const poll = rig.get(query);
      const socket = rig.sockets[0]!;
      await eventually(() => socket.transport.writable, "the poll");
      const closed = once(socket, "close");
      socket.close();
      return [(await poll).body, (await closed)[0], (await rig.get(query)).status];
    },
  },
]);

sideBySide("headers", [
  {
    name: "of each answer over long-polling",
    see: async (rig) => {
      const told: unknown[] = [];
      for (const event of ["initial_headers", "headers"]) {
        rig.engine.on(event, (headers: Record<string, string>, request: { url: string; method: string }) => {
          headers[`x-${event}`] = "yes";
          told.push([
            event,
            request.method,
            Object.keys(headers)
              .map((name) => name.toLowerCase())
              .toSorted(),
          ]);
        });
      }
      const { answer, query } = await rig.open();
      const posted = await rig.post(query, "4x");
      rig.sockets[0]!.send("y");
      const polled = await rig.get(query);
      const refused = await rig.get(`${POLLING}&sid=nobody`);
      const added = [answer, posted, polled, refused].map(({ headers }) => [
        headers["x-initial_headers"],
        headers["x-headers"],
      ]);
      return [told.map((each) => (each as unknown[]).slice(0, 2)), added];
    },
  },
  ...["a new session", "an upgrade"].map((what) => ({
    name: `of the 101 answer to ${what}`,
    see: async (rig: EngineRig) => {
      const query = what === "an upgrade" ? `${WEBSOCKET}&sid=${(await rig.open()).sid}` : WEBSOCKET;
      const told: unknown[] = [];
      for (const event of ["initial_headers", "headers"]) {
        rig.engine.on(event, (headers: Record<string, string>, request: { url: string }) => {
          told.push([event, { ...headers }, withoutSid(request.url).replace(/sid=.*/, "sid=…")]);
          headers[`X-${event}`] = "yes";
        });
      }
      return [await upgradeHead(rig, query), told];
    },
  })),
  {
    name: "no cookie in the 101 answer",
    settings: { cookie: true },
    see: (rig) => upgradeHead(rig, WEBSOCKET),
  },
  {
    name: "added by middlewares to the 101 answer",
    see: async (rig) => {
      rig.engine.use((_req: unknown, res: { setHeader(name: string, value: string): void }, next: () => void) => {
        res.setHeader("X-Middleware", "yes");
        next();
      });
      return [await upgradeHead(rig, WEBSOCKET), (await rig.open()).answer.headers["x-middleware"]];
    },
  },
  {
    name: "that listeners of the WebSocket engine add",
    see: async (rig) => {
      const { ws } = rig.engine as unknown as { ws: { on(event: string, listener: (lines: string[]) => void): void } };
      ws.on("headers", (lines) => lines.push("X-From: ws"));
      return upgradeHead(rig, WEBSOCKET);
    },
  },
]);

type Next = (error?: unknown) => void;

sideBySide("middlewares", [
  ...(
    [
      ["passes", (next: Next) => next()],
      ["passes later", (next: Next) => void setImmediate(next)],
      ["passes with something falsy", (next: Next) => next(0)],
      ["passes twice", (next: Next) => [next(), next(new Error("ignored"))]],
      ["refuses", (next: Next) => next(new Error("no"))],
      [
        "throws",
        () => {
          throw new Error("no");
        },
      ],
      ["rejects", () => Promise.reject(new Error("no"))],
      ["passes and rejects", (next: Next) => (next(), Promise.reject(new Error("ignored")))],
    ] as const
  ).flatMap(([name, act]) => [
    {
      name: `one that ${name}, before long-polling`,
      see: async (rig: EngineRig) => {
        rig.engine.use((_req: unknown, _res: unknown, next: Next) => act(next));
        return [brief(await rig.get(), "content-type"), rig.refusals];
      },
    },
    ...(/passes/.test(name)
      ? []
      : [
          {
            name: `one that ${name}, before a WebSocket`,
            see: async (rig: EngineRig) => {
              rig.engine.use((_req: unknown, _res: unknown, next: Next) => act(next));
              return [brief(await rig.refused(WEBSOCKET), "content-type", "connection"), rig.refusals];
            },
          },
        ]),
  ]),
  {
    name: "one that answers itself",
    see: async (rig) => {
      rig.engine.use((_req: unknown, res: { statusCode: number; end(body: string): void }) => {
        res.statusCode = 418;
        res.end("teapot");
      });
      return [brief(await rig.get()), rig.refusals, (await rig.refused(WEBSOCKET)).body];
    },
  },
  {
    name: "are called in order, with the parsed query, for all requests",
    see: async (rig) => {
      const calls: unknown[] = [];
      for (const name of ["first", "second"]) {
        rig.engine.use((req: { _query: Record<string, string>; method: string }, _res: unknown, next: Next) => {
          calls.push([name, req.method, { ...req._query, sid: typeof req._query["sid"] }]);
          next();
        });
      }
      const { query } = await rig.open(`${POLLING}&a=b%20c&a=d`);
      await rig.post(query, "4x");
      await open(rig);
      return calls;
    },
  },
]);

sideBySide("generateId", [
  ...(
    [
      ["a text", () => "my-id"],
      ["a promise", async () => "later"],
      ["a number", () => 7],
      [
        "an exception",
        () => {
          throw new Error("no id");
        },
      ],
      ["a rejection", () => Promise.reject(new Error("no id"))],
    ] as const
  ).map(([name, make]) => ({
    name,
    prepare: (engine: { generateId: unknown }) => (engine.generateId = make),
    see: async (rig: EngineRig) => {
      const { status, body } = await rig.get();
      return [status, body.replace(/"sid":"?(\w+)"?/, "sid $1").slice(0, 20), rig.refusals, rig.sockets.map(idOf)];
    },
  })),
  {
    name: "one that is in use is refused",
    prepare: (engine) => (engine.generateId = () => "same"),
    see: async (rig) => {
      await rig.open();
      return [(await rig.get()).status, rig.refusals, rig.engine.clientsCount];
    },
    ours: [400, [[3, "ID_GENERATION_ERROR"]], 1], // the incumbent forgets the first session
  },
  {
    name: "is asked with the request",
    see: async (rig) => {
      const asked: unknown[] = [];
      rig.engine.generateId = (request) => {
        asked.push([request.method, request.url]);
        return "my-id";
      };
      await rig.open();
      return asked;
    },
  },
]);

sideBySide(
  "initialPacket",
  ["hello", Buffer.from([1, 2]), 7, "", undefined, null].map((initialPacket) => ({
    name: typeof initialPacket === "object" && initialPacket ? "bytes" : (JSON.stringify(initialPacket) ?? "undefined"),
    settings: { initialPacket } as never,
    see: async (rig: EngineRig) => {
      const { query, answer } = await rig.open();
      const { client, socket } = await open(rig);
      socket.send("next");
      const polled: string[] = [withoutSid(answer.body)];
      rig.sockets[0]!.send("next");
      while (!polled.join("\u001e").endsWith("4next")) polled.push((await rig.get(query)).body);
      const received: unknown[] = [];
      while (received.at(-1) !== "4next") received.push(String(await client.next()));
      return [polled.join("\u001e"), received];
    },
  })),
);

sideBySide("options that are changed while the server runs", [
  {
    name: "pingInterval, pingTimeout, maxHttpBufferSize, in the handshake and in deed",
    see: async (rig) => {
      Object.assign(rig.engine.opts, { pingInterval: 10, pingTimeout: 11, maxHttpBufferSize: 500 });
      const { handshake, query } = await rig.open();
      const { sid: _, ...rest } = handshake;
      return [rest, (await rig.get(query)).body, (await rig.post(query, `4${"x".repeat(600)}`)).status];
    },
  },
  {
    name: "transports",
    see: async (rig) => {
      rig.engine.opts.transports = ["websocket"];
      const refused = brief(await rig.get());
      const { handshake } = await open(rig);
      rig.engine.opts.transports = ["polling"];
      return [refused, handshake, brief(await rig.get()), brief(await rig.refused(WEBSOCKET))];
    },
  },
  {
    name: "transports, added to",
    see: async (rig) => {
      const before = (await rig.open()).handshake["upgrades"];
      rig.engine.opts.transports!.push("webtransport");
      return [before, (await rig.open()).handshake["upgrades"], rig.engine.opts.transports];
    },
  },
  {
    name: "allowUpgrades",
    see: async (rig) => {
      rig.engine.opts.allowUpgrades = false;
      return [(await rig.open()).handshake["upgrades"], rig.engine.upgrades("polling")];
    },
  },
  {
    name: "allowEIO3",
    see: async (rig) => {
      rig.engine.opts.allowEIO3 = true;
      return brief(await rig.get("EIO=3&transport=polling&b64=1"));
    },
  },
  {
    name: "initialPacket",
    see: async (rig) => {
      rig.engine.opts.initialPacket = "hello";
      const { client } = await open(rig);
      return client.next();
    },
  },
  {
    name: "cookie",
    settings: { cookie: true },
    see: async (rig) => {
      rig.engine.opts.cookie = { name: "other", path: "/x" };
      return (await rig.open()).answer.headers["set-cookie"]?.split(";")[0]?.split("=")[0];
    },
  },
  {
    name: "httpCompression",
    see: async (rig) => {
      rig.engine.opts.httpCompression = false;
      const { query } = await rig.open();
      rig.sockets[0]!.send("x".repeat(3_000));
      return (await rig.get(query, { "accept-encoding": "gzip" })).headers["content-encoding"] ?? "none";
    },
  },
  {
    name: "upgradeTimeout",
    see: async (rig) => {
      rig.engine.opts.upgradeTimeout = 30;
      const { sid } = await rig.open();
      const { closed } = await rig.connect(`${WEBSOCKET}&sid=${sid}`);
      await closed;
      return rig.engine.clientsCount;
    },
  },
  {
    name: "allowRequest",
    see: async (rig) => {
      rig.engine.opts.allowRequest = (_request, decide) => decide("not now", false);
      return brief(await rig.get());
    },
  },
  {
    name: "as applications read them",
    settings: { pingInterval: 7, cookie: true, perMessageDeflate: true, path: "/x" },
    see: ({ engine: { opts } }) => {
      const { wsEngine: _, ...rest } = opts;
      return rest;
    },
  },
]);

/** The sizes on the wire of messages that the server sends with these options. */
async function framesOf(rig: EngineRig, sends: readonly [data: string | Buffer, options?: { compress: boolean }][]) {
  const ws = new WebSocket(`ws://127.0.0.1:${rig.port}/engine.io/?${WEBSOCKET}`, {
    perMessageDeflate: { threshold: 0 },
  });
  const messages: unknown[] = [];
  ws.on("message", (data: Buffer, isBinary) => messages.push(isBinary ? data.length : data.toString().length));
  await once(ws, "message");
  const { _socket: tcp } = ws as unknown as { _socket: { bytesRead: number } };
  const sizes: (string | number)[] = [];
  for (const [data, options] of sends) {
    const before = tcp.bytesRead;
    const count = messages.length;
    rig.sockets.at(-1)!.send(data, options as never);
    await eventually(() => messages.length > count, "the message");
    sizes.push(tcp.bytesRead - before < 500 ? "small" : "large");
  }
  ws.terminate();
  return [ws.extensions.split(";")[0], sizes];
}

const text = "a".repeat(20_000);
const SENDS: [string | Buffer, { compress: boolean }?][] = [[text], [Buffer.from(text)], [text, { compress: true }]];

sideBySide("perMessageDeflate", [
  ...(
    [undefined, false, true, {}, { threshold: 100 }, { serverNoContextTakeover: true, threshold: 50_000 }] as const
  ).map((perMessageDeflate) => ({
    name: JSON.stringify(perMessageDeflate) ?? "undefined",
    settings: { perMessageDeflate } as never,
    see: (rig: EngineRig) => framesOf(rig, SENDS),
  })),
  {
    name: "not for a message with compress: false",
    settings: { perMessageDeflate: true },
    see: (rig) => framesOf(rig, [[text, { compress: false }], [Buffer.from(text), { compress: false }], [text]]),
    ours: ["permessage-deflate", ["large", "large", "small"]], // the incumbent compresses all the same
  },
  {
    name: "not for a message below the threshold",
    settings: { perMessageDeflate: true },
    see: (rig) => framesOf(rig, [["b".repeat(1_000)], ["b".repeat(1_100)]]),
    ours: ["permessage-deflate", ["large", "small"]], // the incumbent heeds it only where no context is kept
  },
  {
    name: "nor over an engine of another make",
    settings: { perMessageDeflate: true, wsEngine: WebSocketServer },
    see: (rig) => framesOf(rig, [[text, { compress: false }], [text]]),
    ours: ["permessage-deflate", ["large", "small"]],
  },
]);

sideBySide("wsEngine", [
  {
    name: "is made with the options it needs",
    see: (rig) => {
      const made: unknown[] = [];
      class Engine extends WebSocketServer {
        constructor(options: object) {
          super(options);
          const { noServer, clientTracking, perMessageDeflate, maxPayload } = options as Record<string, unknown>;
          made.push({ noServer, clientTracking, perMessageDeflate, maxPayload });
        }
      }
      new rig.end.module.Server({ wsEngine: Engine, maxHttpBufferSize: 77 });
      return made[0];
    },
    ours: { noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: 77 }, // it means the same
  },
  {
    name: "carries sessions and upgrades",
    settings: { wsEngine: WebSocketServer },
    see: async (rig) => {
      const { client, socket } = await open(rig);
      const received = once(socket, "message");
      client.ws.send(Buffer.from([1, 2]));
      socket.send("a");
      const pong = once(client.ws, "pong");
      client.ws.ping("x");
      const { socket: second, client: other } = await upgrade(rig);
      second.send("b");
      const closed = once(socket, "close");
      client.ws.close();
      return [
        [...((await received)[0] as Buffer)],
        await client.next(),
        String((await pong)[0]),
        await other.next(),
        (await closed)[0],
      ];
    },
  },
]);

sideBySide("what the module exports", [
  {
    name: "names",
    see: ({ end: { module } }) =>
      Object.keys(module)
        .filter((name) => !["default", "module.exports"].includes(name))
        .toSorted(),
  },
  { name: "protocol and transports", see: ({ end: { module } }) => [module.protocol, Object.keys(module.transports)] },
  { name: "errors", see: ({ end: { module } }) => [module.Server.errors, module.Server.errorMessages] },
  {
    name: "the parser",
    see: ({ end: { module } }) =>
      Object.keys(module.parser)
        .filter((name) => name !== "default")
        .toSorted(),
    ours: expect.arrayContaining(Object.keys(engineEnds[0]!.module.parser).filter((name) => name !== "default")),
  },
  {
    name: "listen, with a callback in the place of options",
    see: async ({ end: { module } }) => {
      const engine = await new Promise<ReturnType<typeof module.listen>>((resolve) => {
        const server = module.listen(0, (() => setImmediate(() => resolve(server))) as never, undefined as never);
      });
      const { httpServer } = engine;
      const listening = httpServer?.listening;
      engine.close();
      httpServer?.close();
      return [listening, engine instanceof module.Server];
    },
  },
  { name: "upgrades", see: ({ engine }) => ["polling", "websocket"].map((name) => engine.upgrades(name as "polling")) },
]);

test("uServer says that it is not available, with a code", () => {
  const ours = engineEnds[1]!.module;
  const make = (): unknown => new (ours.uServer as unknown as new () => unknown)();
  expect(make).toThrow(expect.objectContaining({ code: "UWS_UNSUPPORTED" }));
});

test("an option that is changed to an impossible value is refused, and stays", async () => {
  const rig = await startEngine(engineEnds[1]!);
  expect(() => (rig.engine.opts.pingInterval = -1)).toThrow(expect.objectContaining({ code: "BAD_OPTION" }));
  expect((await rig.open()).handshake["pingInterval"]).toBe(25_000);
});

test("sessions that are open keep the heartbeat that they were told of", async () => {
  const rig = await startEngine(engineEnds[1]!, { pingInterval: 50 });
  const { client, socket } = await open(rig);
  rig.engine.opts.pingInterval = 20_000;
  const beat = once(socket, "heartbeat");
  expect(await client.next()).toBe("2");
  client.ws.send("3");
  await beat;
  expect(await client.next()).toBe("2");
});
