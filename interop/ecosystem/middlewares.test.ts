import { request, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { channels, connected, upgraded } from "../channels.ts";
import { once } from "../events.ts";
import { libraries, useApplication } from "./application.ts";
import { connect } from "./client.ts";

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends a request, or a WebSocket handshake; resolves with what came before the connection was cut, if it was. */
async function ask(url: string, method = "GET", headers: Record<string, string> = {}): Promise<Answer | "cut"> {
  const sent = request(url, { method, headers, agent: false });
  sent.on("upgrade", (response, socket) => {
    socket.destroy();
    sent.emit("answer", response, "");
  });
  sent.on("response", async (response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    sent.emit("answer", response, Buffer.concat(chunks).toString());
  });
  sent.on("error", (error) => sent.emit("answer", error));
  sent.end();
  const [answer, body] = (await once(sent, "answer")) as [IncomingMessage | Error, string];
  return answer instanceof Error ? "cut" : { status: answer.statusCode, headers: answer.headers, body };
}

const upgrade = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

const handshakes = { polling: {}, websocket: upgrade };

/** The header lines by which two servers may be compared: without what differs from one run to the next. */
function lines(answer: Answer | "cut"): unknown {
  if (answer === "cut") return answer;
  const { date: _date, "content-length": _length, "set-cookie": cookies, ...rest } = answer.headers;
  const anonymous = cookies?.map((cookie) => cookie.replaceAll(/(connect\.sid|io)=[^;]+|Expires=[^;]+/g, "$1"));
  return { status: answer.status, ...rest, ...(anonymous && { "set-cookie": anonymous }) };
}

function cookieOf(answer: Answer | "cut"): string {
  if (answer === "cut") throw new Error("no answer");
  return (answer.headers["set-cookie"] ?? []).map((cookie) => cookie.split(";", 1)[0]).join("; ");
}

const applications = libraries.map((library) => ({ library, application: useApplication(library) }));

for (const { library, application } of applications) {
  describe(`engine.use() of ${library} with`, () => {
    test("express-session, shared with Express", async () => {
      const { url } = await application.share("middlewares.mjs", { STACK: "session" });
      const cookie = cookieOf(await ask(`${url}/count`, "POST"));
      let expected = 1;
      for (const { name, options } of channels) {
        const client = connect(url, { ...options, extraHeaders: { cookie } });
        await connected(client);
        if (name === "upgrade") await upgraded(client);
        expect(await client.emitWithAck("count")).toBe(++expected);
        const told = once(client, "count");
        expect(await ask(`${url}/count`, "POST", { cookie })).toMatchObject({ body: String(++expected) });
        expect(await told).toEqual([expected]);
      }
      const last = connect(url, { extraHeaders: { cookie } });
      await connected(last);
      const left = once(last, "disconnect");
      await ask(`${url}/logout`, "POST", { cookie });
      expect((await left)[0]).toBe("io server disconnect");
    });

    test("express-session, for clients with a cookie jar", async () => {
      const { url } = await application.share("middlewares.mjs", { STACK: "session" });
      const client = connect(url, { withCredentials: true });
      await connected(client);
      await upgraded(client);
      expect(await client.emitWithAck("count")).toBe(1);
      expect(await client.emitWithAck("count")).toBe(2);
    });

    test("Passport, on the handshake alone", async () => {
      const { url } = await application.share("middlewares.mjs", { STACK: "passport" });
      const cookie = cookieOf(await ask(`${url}/login?name=Ada`, "POST"));
      for (const { options } of channels) {
        const client = connect(url, { ...options, extraHeaders: { cookie } });
        expect(await client.emitWithAck("whoami")).toBe("Ada");
        const stranger = connect(url, options);
        const [error] = await once(stranger, "connect_error", { unless: ["connect"] });
        expect(error.message).toMatch(/xhr poll error|websocket error/);
        stranger.close();
      }
    });

    test("Passport, wrapped as namespace middlewares", async () => {
      const { url } = await application.share("middlewares.mjs", { STACK: "wrapped" });
      const cookie = cookieOf(await ask(`${url}/login?name=Ada`, "POST"));
      for (const { options } of channels) {
        const client = connect(url, { ...options, extraHeaders: { cookie } });
        expect(await client.emitWithAck("whoami")).toEqual(["Ada", "Ada"]);
        const stranger = connect(url, options);
        const [error] = await once(stranger, "connect_error", { unless: ["connect"] });
        expect(error.message).toBe("unauthorized");
      }
    });

    test("Passport, without sessions", async () => {
      const { url } = await application.share("middlewares.mjs", { STACK: "token" });
      for (const { options } of channels) {
        const client = connect(url, { ...options, query: { name: "Ada" } });
        expect(await client.emitWithAck("whoami")).toBe("Ada");
        const stranger = connect(url, options);
        await once(stranger, "connect_error", { unless: ["connect"] });
      }
    });

    test("cookie-parser, on handshakes and in namespace middlewares", async () => {
      const { url } = await application.share("middlewares.mjs", { STACK: "cookies" });
      const signature = createHmac("sha256", "secret").update("b").digest("base64").replace(/=+$/, "");
      const cookie = `plain=a; signed=${encodeURIComponent(`s:b.${signature}`)}`;
      for (const { options } of channels) {
        const client = connect(url, { ...options, extraHeaders: { cookie } });
        expect(await client.emitWithAck("cookies")).toEqual({
          cookies: { plain: "a" },
          signedCookies: { signed: "b" },
        });
        const banned = connect(url, { ...options, extraHeaders: { cookie: "banned=1" } });
        const [error] = await once(banned, "connect_error", { unless: ["connect"] });
        expect(error.message).toBe("banned");
      }
    });

    test("asynchronous ones, which may fail", async () => {
      const program = await application.share("middlewares.mjs", { STACK: "later" });
      for (const { options } of channels) await connected(connect(program.url, options));
      const refused = { code: 3, message: "Bad request", name: "MIDDLEWARE_FAILURE" };
      for (const fail of ["next", "throw"]) {
        for (const [transport, headers] of Object.entries(handshakes)) {
          const url = `${program.url}/socket.io/?EIO=4&transport=${transport}&fail=${fail}`;
          expect(await ask(url, "GET", headers)).toMatchObject({ status: 400 });
        }
      }
      expect(await program.ask("refusals")).toEqual([refused, refused, refused, refused]);
    });
  });
}

describe("engine.use(), answer for answer as the incumbent's:", () => {
  const [incumbent, ours] = applications;
  if (incumbent === undefined || ours === undefined) throw new Error("two libraries");

  for (const stack of ["session", "passport", "token", "helmet", "cookies", "later"]) {
    test(stack, async () => {
      const both = applications.map(({ application }) => application.share("middlewares.mjs", { STACK: stack }));
      const [theirs = "", mine = ""] = (await Promise.all(both)).map(({ url }) => `${url}/socket.io/`);
      for (const [transport, headers] of Object.entries(handshakes)) {
        const query = `?EIO=4&transport=${transport}`;
        expect(lines(await ask(mine + query, "GET", headers))).toEqual(
          lines(await ask(theirs + query, "GET", headers)),
        );
      }
      for (const method of ["GET", "POST", "OPTIONS"])
        expect(lines(await ask(mine, method))).toEqual(lines(await ask(theirs, method)));
    });
  }

  test("but several cookies stay several on a WebSocket handshake of ours", async () => {
    const { url } = await ours.application.share("middlewares.mjs", { STACK: "cookies" });
    for (const [transport, headers] of Object.entries(handshakes)) {
      const answer = await ask(`${url}/socket.io/?EIO=4&transport=${transport}&several=1`, "GET", headers);
      const expected = transport === "polling" ? ["io; Path=/; HttpOnly; SameSite=Lax"] : ["one=1", "two=2; Path=/"];
      expect(lines(answer)).toMatchObject({ "set-cookie": expected });
    }
  });
});
