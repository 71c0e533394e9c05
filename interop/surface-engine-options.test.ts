import { expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { brief, engineEnds, sideBySide, startEngine, withoutSid, type EngineRig } from "./engine-rig.ts";
import { idOf, open, upgrade, WEBSOCKET } from "./engine-sessions.ts";
import { eventually, once } from "./events.ts";

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
      Object.assign(rig.engine.opts, { pingInterval: 10, pingTimeout: 60_000, maxHttpBufferSize: 500 });
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
