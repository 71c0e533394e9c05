import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from "node:http";
import { connect as connectTcp } from "node:net";
import type { Server, ServerOptions, Socket as ServerSocket } from "socket.io";
import { io as incumbentIo, type Socket as ClientSocket } from "socket.io-client";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { serverEnds } from "./ends.ts";
import { eventually, once } from "./events.ts";
import { listening } from "./listening.ts";
import { frame, openWebSocket, rawFrames, rawHttp, rawPolling, rawWebSocket, requestText, upgradeText } from "./raw.ts";
import { connected } from "./rig.ts";

const polling = "/socket.io/?EIO=4&transport=polling";
const websocket = "/socket.io/?EIO=4&transport=websocket";
const binary = (...values: number[]): Buffer => Buffer.from(values);

/** What the incumbent does with a packet that ours takes as a violation. */
type Incumbent = "closes" | "ignores" | "delivers";

type Violation = [name: string, messages: readonly (string | Buffer)[], incumbent?: Incumbent];

/** Violations of the Socket.IO protocol, as engine messages of a client that has joined `/`. */
const violations: Violation[] = [
  ["nothing at all", [""]],
  ["an unknown type", ["7"]],
  ["a letter for a type", ["x"]],
  ["a negative type", ["-1"]],
  ["a byte order mark", ['\ufeff2["x"]']],
  ["a space before the type", [' 2["x"]']],
  ["a space after the type", ['2 ["x"]'], "delivers"],
  ["a no-break space after the type", ['2\u00a0["x"]'], "delivers"],
  ["a trailing zero byte", ['2["x"]\u0000']],
  ["an event without a payload", ["2"], "delivers"],
  ["an event with an id but no payload", ["21"], "delivers"],
  ["an event that is an object", ["2{}"]],
  ["an event that is a string", ['2"x"']],
  ["an event that is null", ["2null"]],
  ["an empty event", ["2[]"]],
  ["an event named null", ["2[null]"]],
  ["an event named true", ["2[true]"]],
  ["an event named by an object", ["2[{}]"]],
  ...["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"].map(
    (name): [string, string[]] => [`the reserved event ${name}`, [`2["${name}"]`]],
  ),
  ["cut JSON", ['2["x"']],
  ["garbage after JSON", ['2["x"]garbage']],
  ["an id with an exponent", ['21e3["x"]']],
  ["an id with a fraction", ['21.5["x"]']],
  ["an id with a sign", ['2+1["x"]']],
  ["an id above 2^53−1", ['29007199254740993["x"]'], "delivers"],
  ["an acknowledgement without an id", ["3[]"], "ignores"],
  ["an acknowledgement that is an object", ["31{}"]],
  ["an acknowledgement without anything", ["3"], "ignores"],
  ["a second CONNECT", ["0"]],
  ["a CONNECT with an array", ["0/other,[]"]],
  ["a CONNECT with a string", ['0/other,"x"']],
  ["a CONNECT with null", ["0/other,null"]],
  ["a CONNECT with cut JSON", ['0/other,{"a":']],
  ["a DISCONNECT with a payload", ["1{}"]],
  ["a CONNECT_ERROR", ['4{"message":"x"}']],
  ["a namespace without a payload", ["2/nsp,"]],
  ["a dash without attachments", ['2-["x"]']],
  ["a binary event without a count", ['5["x"]']],
  ["a binary event with an empty count", ['5-["x"]']],
  ["a binary event with letters for a count", ['5x-["x"]']],
  ["a binary event of no attachments", ['50-["x"]']],
  ["a binary event of eleven attachments", ['511-["x"]']],
  ["an attachment that nobody expects", [binary(1)]],
  ["text where an attachment is expected", ['51-["x",{"_placeholder":true,"num":0}]', '2["y"]']],
  ["a placeholder out of range", ['51-["x",{"_placeholder":true,"num":1}]', binary(1)]],
  ["a negative placeholder", ['51-["x",{"_placeholder":true,"num":-1}]', binary(1)]],
  ["a fractional placeholder", ['51-["x",{"_placeholder":true,"num":0.5}]', binary(1)], "delivers"],
  ["a placeholder with a string", ['51-["x",{"_placeholder":true,"num":"0"}]', binary(1)]],
  ["an attachment that no placeholder uses", ['51-["x"]', binary(1)], "delivers"],
  ["301 arguments", [`2["x"${",1".repeat(300)}]`], "delivers"],
  ["JSON 300 levels deep", [`2["x",${"[".repeat(300)}${"]".repeat(300)}]`], "delivers"],
  ["a namespace of 300 characters", [`0/${"n".repeat(300)},`], "ignores"],
];

/** Bodies of a POST that are not a payload of Engine.IO packets. */
const badBodies: [name: string, body: string | Buffer, incumbent?: number][] = [
  ["an empty body", ""],
  ["an unknown packet type", "9"],
  ["a letter", "x"],
  ["separators alone", "\u001e\u001e"],
  ["a trailing separator", '42["x"]\u001e'],
  ["a leading separator", '\u001e42["x"]'],
  ["a good packet, then a bad one", '42["x"]\u001e9'],
];

/** Requests outside the protocol, and the answers. Where the incumbent answers otherwise, its answer comes last. */
interface BadRequest {
  readonly name: string;
  readonly request: Buffer;
  readonly answer: Answer;
  readonly incumbent?: Answer;
}

type Answer = readonly [status: number, body?: unknown];

const engineError = (code: number, message: string): Answer => [code === 4 ? 403 : 400, { code, message }];
const unknownTransport = engineError(0, "Transport unknown");
const unknownSession = engineError(1, "Session ID unknown");
const badMethod = engineError(2, "Bad handshake method");
const badRequest = engineError(3, "Bad request");
const unsupported = engineError(5, "Unsupported protocol version");

const badRequests: readonly BadRequest[] = [
  { name: "no query", request: requestText("GET", "/socket.io/"), answer: unknownTransport },
  ...["", "tcp", "POLLING", "__proto__", "constructor", "toString", "polling,websocket"].map((name) => ({
    name: `the transport “${name}”`,
    request: requestText("GET", `/socket.io/?EIO=4&transport=${name}`),
    answer: unknownTransport,
  })),
  ...["nobody", "__proto__", "constructor", "%00", "a%2Fb"].map((sid) => ({
    name: `the session “${sid}”`,
    request: requestText("GET", `${polling}&sid=${sid}`),
    answer: unknownSession,
  })),
  {
    name: "a POST to an unknown session",
    request: requestText("POST", `${polling}&sid=nobody`, { body: "40" }),
    answer: unknownSession,
  },
  { name: "a handshake by POST", request: requestText("POST", polling, { body: "40" }), answer: badMethod },
  ...["", "EIO=2&", "EIO=3&", "EIO=5&", "EIO=x&", "EIO=&"].map((eio) => ({
    name: `the protocol version “${eio}”`,
    request: requestText("GET", `/socket.io/?${eio}transport=polling`),
    answer: unsupported,
  })),
  { name: "the websocket transport by plain HTTP", request: requestText("GET", websocket), answer: badRequest },
];

/** WebSocket handshakes that are refused before the protocol changes, with the message as the body. */
const badUpgrades: [name: string, target: string, body: string, incumbent?: "after the 101"][] = [
  ["an unknown transport", "/socket.io/?EIO=4&transport=tcp", "Transport unknown"],
  ["the polling transport", polling, "Bad request", "after the 101"],
  ["no transport", "/socket.io/?EIO=4", "Transport unknown"],
  ["an unknown session", `${websocket}&sid=nobody`, "Session ID unknown"],
  ["the protocol version 3", "/socket.io/?EIO=3&transport=websocket", "Unsupported protocol version", "after the 101"],
  ["no protocol version", "/socket.io/?transport=websocket", "Unsupported protocol version", "after the 101"],
];

/** Broken WebSocket frames and the code that the server closes with. */
const badFrames: [name: string, bytes: Buffer, code: number][] = [
  ["an unmasked frame", frame("40", { masked: false }), 1002],
  ["a reserved bit", frame("40", { bits: 0x80 | 0x40 }), 1002],
  ["an unknown opcode", frame("40", { opcode: 3 }), 1002],
  ["a continuation of nothing", frame("40", { opcode: 0 }), 1002],
  ["a fragmented ping", frame("", { opcode: 9, bits: 0 }), 1002],
  ["a ping of 126 bytes", frame("x".repeat(126), { opcode: 9 }), 1002],
  ["invalid UTF-8", frame(Buffer.from([0x34, 0x32, 0xc3, 0x28]), { opcode: 1 }), 1007],
  ["a close code out of range", frame(Buffer.from([0x00, 0x01]), { opcode: 8 }), 1002],
  ["a message above the limit", frame("4".repeat(200_000)), 1009],
];

for (const end of serverEnds) {
  describe(`server ${end.name}`, () => {
    const host = createServer();
    let io: Server;
    let port: number;
    let bystander: ClientSocket;
    const delivered: unknown[][] = [];
    const unexpected: unknown[] = [];
    const note = (error: unknown): void => void unexpected.push(error);

    beforeAll(async () => {
      process.on("uncaughtException", note);
      process.on("unhandledRejection", note);
      io = new end.Server(host, { maxHttpBufferSize: 100_000 });
      io.on("connection", (socket) => {
        socket.onAny((...args: unknown[]) => delivered.push(args));
        socket.on("still there", (answer) => answer("yes"));
      });
      io.of("/other");
      port = await listening(host);
      bystander = incumbentIo(`http://127.0.0.1:${port}`, { transports: ["websocket"], reconnection: false });
      await connected(bystander);
    });

    afterEach(async () => {
      expect(await bystander.timeout(10_000).emitWithAck("still there")).toBe("yes");
      await eventually(() => io.engine.clientsCount === 1, "no session but the bystander's is left");
      expect(io.of("/").sockets.size).toBe(1);
      expect(io.of("/").adapter.rooms.size).toBe(1);
      expect(unexpected).toEqual([]);
      delivered.length = 0;
    });

    afterAll(async () => {
      bystander.close();
      await io.close();
      process.off("uncaughtException", note);
      process.off("unhandledRejection", note);
    });

    /** Joins over a fresh connection and returns the server's end with it. */
    async function joinBoth<T extends { join(): Promise<unknown> }>(raw: T): Promise<{ raw: T; socket: ServerSocket }> {
      const connection = once(io, "connection");
      await raw.join();
      return { raw, socket: (await connection)[0] };
    }

    describe("violations of the Socket.IO protocol", () => {
      for (const [name, messages, incumbent = "closes"] of violations) {
        test(`${name}, over websocket`, async () => {
          const { raw, socket } = await joinBoth(await rawWebSocket(port));
          const left = once(socket, "disconnect");
          for (const message of messages) raw.send(typeof message === "string" ? `4${message}` : message);
          await expectViolation({ name, left, incumbent, end: () => raw.ws.terminate() });
          await raw.closed;
        });

        test(`${name}, over polling`, async () => {
          const { raw, socket } = await joinBoth(await rawPolling(port));
          const left = once(socket, "disconnect");
          const packets = messages.map((message) =>
            typeof message === "string" ? `4${message}` : `b${message.toString("base64")}`,
          );
          const poll = raw.get();
          await eventually(() => socket.conn.transport.writable, "the poll waits");
          const answer = await raw.post(packets.join("\u001e"));
          await expectViolation({ name, left, incumbent, end: () => void raw.post("1") });
          await poll;
          if (end.ours) expect(answer.status).toBe(400);
        });
      }

      async function expectViolation(check: {
        name: string;
        left: Promise<any[]>;
        incumbent: Incumbent;
        end: () => void;
      }): Promise<void> {
        const closes = end.ours || check.incumbent === "closes";
        if (!closes) {
          check.end();
          const [reason] = await check.left;
          expect(reason).toMatch(/^transport close|forced close$/);
          if (check.incumbent === "ignores") expect(strangers()).toEqual([]);
          return;
        }
        const [reason] = await check.left;
        const ours = check.name === "a second CONNECT" ? "forced server close" : "parse error";
        expect(reason).toBe(end.ours ? ours : "forced close");
        expect(strangers()).toEqual([]);
      }
    });

    test("a handler that throws or rejects harms nobody", async () => {
      if (!end.ours) return; // the incumbent lets such errors end the process
      const failures: string[] = [];
      const tolerant = new end.Server(createServer(), {
        onError: (error: Error) => failures.push(error.message),
      } as Partial<ServerOptions>);
      tolerant.on("connection", (socket) => {
        socket.on("throw", () => {
          throw new Error("thrown");
        });
        socket.on("reject", async () => {
          throw new Error("rejected");
        });
        socket.on("fence", (answer) => answer("passed"));
      });
      const otherPort = await listening(tolerant.httpServer as HttpServer);
      const client = incumbentIo(`http://127.0.0.1:${otherPort}`, { forceNew: true });
      await connected(client);
      client.emit("throw");
      client.emit("reject");
      expect(await client.timeout(10_000).emitWithAck("fence")).toBe("passed");
      expect(failures).toEqual(["thrown", "rejected"]);
      client.close();
      await tolerant.close();
    });

    test("an unknown or repeated acknowledgement is ignored", async () => {
      const { raw, socket } = await joinBoth(await rawWebSocket(port));
      const answers: unknown[] = [];
      socket.emit("q", (value: unknown) => answers.push(value));
      expect(await raw.next()).toBe('420["q"]');
      for (const message of ['4399["x"]', '430["first"]', '430["second"]']) raw.send(message);
      const heard = once(socket, "fence");
      raw.send('42["fence"]');
      await heard;
      expect(answers).toEqual(["first"]);
      raw.ws.close();
      await raw.closed;
    });

    test("an unknown namespace is refused and the connection kept", async () => {
      const { raw, socket } = await joinBoth(await rawWebSocket(port));
      raw.send("40/nobody,");
      expect(await raw.next()).toBe('44/nobody,{"message":"Invalid namespace"}');
      const heard = once(socket, "x");
      raw.send('42["x"]');
      await heard;
      raw.ws.close();
      await raw.closed;
    });

    describe("violations of the Engine.IO protocol", () => {
      for (const [name, body] of badBodies) {
        test(`a POST of ${name}`, async () => {
          const { raw, socket } = await joinBoth(await rawPolling(port));
          const left = once(socket, "disconnect");
          const answer = await raw.post(body);
          expect((await left)[0]).toBe("parse error");
          if (end.ours) expect(answer.status).toBe(400);
          expect((await raw.get()).status).toBe(400);
        });
      }

      for (const message of ["", "9", "x"]) {
        test(`the frame “${message}”`, async () => {
          const { raw, socket } = await joinBoth(await rawWebSocket(port));
          const left = once(socket, "disconnect");
          raw.send(message);
          expect((await left)[0]).toBe("parse error");
          await raw.closed;
        });
      }

      for (const message of ["0", '0{"sid":"x"}', "2", "3probe", "5", "6", "b", "bAQ==", "b!!!", "4"]) {
        test(`the misplaced frame “${message}” harms nobody`, async () => {
          const { raw } = await joinBoth(await rawWebSocket(port));
          raw.send(message);
          raw.ws.close();
          await raw.closed;
          expect(strangers()).toEqual([]);
        });
      }

      for (const [name, bytes, code] of badFrames) {
        test(`${name} closes with ${code}`, async () => {
          const connection = once(io, "connection");
          const raw = await rawFrames(port, websocket, frame("40"));
          const [socket] = await connection;
          const left = once(socket, "disconnect");
          raw.write(bytes);
          expect(await raw.closed).toBe(code);
          expect(["transport error", "transport close"]).toContain((await left)[0]);
        });
      }

      test("invalid UTF-8 in a POST", async () => {
        const { raw, socket } = await joinBoth(await rawPolling(port));
        const left = once(socket, "disconnect");
        const answer = await raw.post(Buffer.from([0x34, 0x32, 0x5b, 0x22, 0xc3, 0x28, 0x22, 0x5d]));
        if (end.ours) {
          expect((await left)[0]).toBe("parse error");
          expect(answer.status).toBe(400);
        } else {
          await raw.post("1");
          await left;
        }
      });

      test("a packet of the wrong direction ends a session on long-polling", async () => {
        const { raw, socket } = await joinBoth(await rawPolling(port));
        const left = once(socket, "disconnect");
        await raw.post("2");
        expect((await left)[0]).toMatch(/error$/);
      });
    });

    describe("requests", () => {
      for (const { name, request, answer, incumbent = answer } of badRequests) {
        test(name, async () => {
          const [status, body] = end.ours ? answer : incumbent;
          const got = await rawHttp(port, request);
          expect(got.status).toBe(status);
          if (body) {
            expect(JSON.parse(got.body)).toEqual(body);
            expect(got.headers["content-type"]).toContain("application/json");
          }
        });
      }

      for (const [name, target, body, incumbent] of badUpgrades) {
        if (incumbent && !end.ours) continue;
        test(`an upgrade with ${name}`, async () => {
          const answer = await rawHttp(port, upgradeText(target));
          expect([answer.status, answer.body]).toEqual([400, body]);
        });
      }

      for (const [name, headers] of [
        ["no key", { "sec-websocket-key": "" }],
        ["a short key", { "sec-websocket-key": "abc" }],
        ["the version 7", { "sec-websocket-version": "7" }],
        ["another protocol", { upgrade: "h2c" }],
      ] as const) {
        test(`an upgrade with ${name}`, async () => {
          const answer = await rawHttp(port, upgradeText(websocket, headers));
          expect(answer.status).toBeGreaterThanOrEqual(400);
          expect(answer.status).toBeLessThan(500);
        });
      }

      for (const target of [
        "/socket.io/?%",
        `${polling}&sid=%FF`,
        `${polling}&=&&a=%zz`,
        `${polling}&transport=polling`,
        "//",
      ]) {
        test(`the target ${target} gets an answer`, async () => {
          const elsewhere = (request: IncomingMessage, response: ServerResponse): void => {
            if (request.url?.startsWith("/socket.io/") !== true) response.writeHead(404).end();
          };
          host.on("request", elsewhere);
          const { status } = await rawHttp(port, requestText("GET", target));
          host.off("request", elsewhere);
          expect(status).toBeLessThan(500);
          for (const engineSocket of sessions()) if (engineSocket !== bystanderEngine()) engineSocket.close(true);
        });
      }

      for (const method of ["PUT", "DELETE", "PATCH", "HEAD"]) {
        test(`${method} to a session`, async () => {
          const { raw } = await joinBoth(await rawPolling(port));
          const { status } = await rawHttp(port, requestText(method, raw.target));
          expect(status).toBe(end.ours ? 405 : 500);
          await raw.post("1");
        });
      }

      test("an encoded POST", async () => {
        const { raw, socket } = await joinBoth(await rawPolling(port));
        const left = once(socket, "disconnect");
        const answer = await raw.post('42["x"]', { "content-encoding": "gzip" });
        expect(answer.status).toBe(end.ours ? 415 : 200);
        if (end.ours) expect(strangers()).toEqual([]);
        await raw.post("1");
        await left;
      });

      test("a binary POST", async () => {
        const { raw, socket } = await joinBoth(await rawPolling(port));
        const left = once(socket, "disconnect");
        const answer = await raw.post(binary(1, 2), { "content-type": "application/octet-stream" });
        expect(answer.status).toBe(400);
        expect((await left)[0]).toMatch(/error|close/);
      });

      test("a POST above the limit, announced", async () => {
        const { raw, socket } = await joinBoth(await rawPolling(port));
        const left = once(socket, "disconnect");
        const answer = await raw.post(`42["${"x".repeat(150_000)}"]`);
        expect(answer.status).toBe(413);
        // The incumbent keeps the session, whose message is lost.
        if (!end.ours) await raw.post("1");
        expect((await left)[0]).toMatch(/^transport (error|close)$/);
      });

      test("a POST above the limit, in chunks", async () => {
        const { raw, socket } = await joinBoth(await rawPolling(port));
        const left = once(socket, "disconnect");
        const head = requestText("POST", raw.target, { headers: { "transfer-encoding": "chunked" } });
        const chunk = Buffer.from(`${(50_000).toString(16)}\r\n${"x".repeat(50_000)}\r\n`);
        const answer = await rawHttp(port, Buffer.concat([head, chunk, chunk, chunk, Buffer.from("0\r\n\r\n")]));
        expect(answer.status).toBe(413);
        // The incumbent keeps the session, whose message is lost.
        if (!end.ours) await raw.post("1");
        expect((await left)[0]).toMatch(/^transport (error|close)$/);
      });

      test("two polls at once: both are answered, and the session ends", async () => {
        const { raw, socket } = await joinBoth(await rawPolling(port));
        const left = once(socket, "disconnect");
        const first = raw.get();
        await eventually(() => socket.conn.transport.writable, "the first poll waits");
        const second = await raw.get();
        expect(second.status).toBe(400);
        await left;
        await first;
      });

      test("two POSTs at once: the session ends", async () => {
        const { raw, socket } = await joinBoth(await rawPolling(port));
        const left = once(socket, "disconnect");
        const slow = connectTcp(port, "127.0.0.1");
        slow.on("error", () => {});
        const ended = once(slow, "close");
        const received = once(host, "request");
        slow.write(requestText("POST", raw.target, { headers: { "content-length": "10" } }));
        await received;
        expect((await raw.post('42["x"]')).status).toBe(400);
        await left;
        slow.destroy();
        await ended;
      });

      test("a poll that is cancelled", async () => {
        const { raw, socket } = await joinBoth(await rawPolling(port));
        const left = once(socket, "disconnect");
        const tcp = connectTcp(port, "127.0.0.1");
        tcp.write(requestText("GET", raw.target));
        await eventually(() => socket.conn.transport.writable, "the poll waits");
        tcp.destroy();
        expect((await left)[0]).toMatch(/^transport (error|close)$/);
      });

      test("a POST that is cut", async () => {
        const { raw, socket } = await joinBoth(await rawPolling(port));
        const left = once(socket, "disconnect");
        const tcp = connectTcp(port, "127.0.0.1");
        const received = once(host, "request");
        tcp.write(requestText("POST", raw.target, { headers: { "content-length": "100" }, body: '42["x"' }));
        await received;
        tcp.destroy();
        expect((await left)[0]).toMatch(/^transport (error|close)$/);
        expect(strangers()).toEqual([]);
      });

      test("another protocol version than the session's", async () => {
        const { raw, socket } = await joinBoth(await rawPolling(port));
        const answer = await rawHttp(port, requestText("GET", raw.target.replace("EIO=4", "EIO=3")));
        expect(answer.status).toBe(400);
        const left = once(socket, "disconnect");
        await raw.post("1");
        await left;
      });

      test("another transport than the session's", async () => {
        const { raw } = await joinBoth(await rawWebSocket(port));
        const target = `${polling}&sid=${raw.sid}`;
        const answer = await rawHttp(port, requestText("GET", target));
        expect([answer.status, JSON.parse(answer.body)]).toEqual(badRequest);
        raw.ws.close();
        await raw.closed;
      });
    });

    describe("upgrades", () => {
      test("a probe is answered, and the upgrade completes once", async () => {
        const { raw, socket } = await joinBoth(await rawPolling(port));
        const target = `${websocket}&sid=${raw.sid}`;
        const { ws, next, closed } = await openWebSocket(port, target);
        ws.send("2probe");
        expect(await next()).toBe("3probe");
        expect((await raw.get()).body).toBe("6");
        const upgrade = once(socket.conn, "upgrade");
        ws.send("5");
        await upgrade;
        socket.emit("x", 1);
        expect(await next()).toBe('42["x",1]');
        if (end.ours) expect((await rawHttp(port, upgradeText(target))).status).toBe(400);
        else await (await openWebSocket(port, target)).closed;
        ws.close();
        await closed;
      });

      test("an upgrade without a probe is no upgrade", async () => {
        if (!end.ours) return; // the incumbent upgrades all the same
        const { raw, socket } = await joinBoth(await rawPolling(port));
        const { ws, closed } = await openWebSocket(port, `${websocket}&sid=${raw.sid}`);
        ws.send("5");
        await closed;
        expect(socket.conn.transport.name).toBe("polling");
        expect(socket.connected).toBe(true);
        const left = once(socket, "disconnect");
        await raw.post("1");
        await left;
      });

      test("a wrong probe is no upgrade", async () => {
        for (const probe of ["2nope", "2", "4x", "9", "3probe", ""]) {
          const { raw, socket } = await joinBoth(await rawPolling(port));
          const { ws, closed } = await openWebSocket(port, `${websocket}&sid=${raw.sid}`);
          ws.send(probe);
          if (end.ours) await closed;
          else ws.close();
          expect([probe, socket.connected]).toEqual([probe, true]);
          const left = once(socket, "disconnect");
          await raw.post("1");
          await left;
        }
      });

      test("a second upgrade meanwhile is refused, and the first one completes", async () => {
        const { raw, socket } = await joinBoth(await rawPolling(port));
        const target = `${websocket}&sid=${raw.sid}`;
        const first = await openWebSocket(port, target);
        first.ws.send("2probe");
        expect(await first.next()).toBe("3probe");
        const second = await openWebSocket(port, target).catch(() => undefined);
        await second?.closed;
        await raw.get();
        const upgrade = once(socket.conn, "upgrade");
        first.ws.send("5");
        await upgrade;
        socket.emit("x");
        expect(await first.next()).toBe('42["x"]');
        first.ws.close();
        await first.closed;
      });

      test("an upgrade that stops after its probe leaves the session as it was", async () => {
        const { raw, socket } = await joinBoth(await rawPolling(port));
        const { ws, next, closed } = await openWebSocket(port, `${websocket}&sid=${raw.sid}`);
        ws.send("2probe");
        expect(await next()).toBe("3probe");
        ws.close();
        await closed;
        socket.emit("x");
        let body = "";
        while (!body.includes("42")) ({ body } = await raw.get());
        expect(body).toContain('42["x"]');
        const left = once(socket, "disconnect");
        await raw.post("1");
        await left;
      });
    });

    /** Events that reached the application, but for those that tests send on purpose. */
    function strangers(): unknown[][] {
      return delivered.filter(([event]) => event !== "still there");
    }

    function sessions(): { close(discard: boolean): void }[] {
      return Object.values(
        (io.engine as unknown as { clients: Record<string, { close(discard: boolean): void }> }).clients,
      );
    }

    function bystanderEngine(): unknown {
      return io.of("/").sockets.get(String(bystander.id))?.conn;
    }
  });
}
