import { connect } from "node:net";
import { brief, sideBySide, withoutSid, type EngineRig } from "./engine-rig.ts";
import { idOf, open, upgrade, WEBSOCKET } from "./engine-sessions.ts";
import { eventually, once } from "./events.ts";
import { frame, rawHttp, upgradeText } from "./raw.ts";

const POLLING = "EIO=4&transport=polling";

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
  ...(["headers", "initial_headers"] as const).map((event) => ({
    name: `a listener for ${event} that ends the connection: what came along is not processed`,
    see: async ({ engine, port }: EngineRig) => {
      const told: unknown[] = [];
      engine.on(event as "headers", (_headers, request) => request.socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n"));
      engine.on("connection", (socket) => {
        told.push("connection");
        socket.on("message", (message: unknown) => told.push(message));
        socket.on("close", (reason: string) => told.push(reason));
      });
      const handshake = upgradeText("/engine.io/?EIO=4&transport=websocket");
      const { status } = await rawHttp(port, Buffer.concat([handshake, frame("4hello")]));
      await eventually(() => told.length > 1, "the session has ended");
      return [status, told, engine.clientsCount];
    },
  })),
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
