import { on, once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, constants, createServer as createHttp2Server, type ClientHttp2Session } from "node:http2";
import { connect as connectTcp, type AddressInfo, type Server } from "node:net";
import { DeadlineQueue, hasCode } from "@halyard/core";
import { FakeClock } from "@halyard/core/testing";
import { expect, onTestFinished, test } from "vitest";
import { NodeExchange, type HeaderDecorator } from "./node-exchange.ts";

class Rig {
  readonly reported: unknown[] = [];
  readonly #server: Server;
  readonly #requests: AsyncIterator<unknown[]>;
  readonly #clock = new FakeClock();

  constructor(server: Server) {
    this.#server = server;
    this.#requests = on(server, "request");
    onTestFinished(() => void server.close());
  }

  async listen(): Promise<number> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return (this.#server.address() as AddressInfo).port;
  }

  /** The next request, as the server gets it. */
  async accept(): Promise<[IncomingMessage, ServerResponse]> {
    const { value } = await this.#requests.next();
    return value as [IncomingMessage, ServerResponse];
  }

  exchange(request: IncomingMessage, response: ServerResponse, decorate?: HeaderDecorator): NodeExchange {
    const context = {
      clock: this.#clock,
      bodies: new DeadlineQueue(this.#clock, 30_000),
      stalls: new DeadlineQueue(this.#clock, 30_000),
      afterInput: (callback: () => void): void => callback(),
      report: (error: unknown): void => void this.reported.push(error),
    };
    return new NodeExchange(request, response, context, decorate);
  }
}

async function startHttp2(): Promise<{ rig: Rig; client: ClientHttp2Session }> {
  const rig = new Rig(createHttp2Server());
  const client = connect(`http://127.0.0.1:${await rig.listen()}`);
  client.on("error", () => {});
  onTestFinished(() => client.destroy());
  return { rig, client };
}

test("over HTTP/2, a body is read and answered", async () => {
  const { rig, client } = await startHttp2();
  const stream = client.request({ ":method": "POST" });
  stream.end("4hello");
  const exchange = rig.exchange(...(await rig.accept()));
  const body = await new Promise<Uint8Array>((onBody, onBodyFailure) =>
    exchange.readBody(100, { onBody, onBodyFailure }),
  );
  expect(Buffer.from(body).toString()).toBe("4hello");
  exchange.respond(200, {}, "ok");
  expect(exchange.ended).toBe(true);
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  expect(text).toBe("ok");
});

test("over HTTP/2, a body that the client cuts off is not taken for a complete one", async () => {
  const { rig, client } = await startHttp2();
  const stream = client.request({ ":method": "POST" });
  stream.on("error", () => {}).write("4part");
  const [request, response] = await rig.accept();
  const reading = new Promise<Uint8Array>((onBody, onBodyFailure) =>
    rig.exchange(request, response).readBody(100, { onBody, onBodyFailure }),
  );
  request.once("data", () => stream.close(constants.NGHTTP2_CANCEL));
  await expect(reading).rejects.toSatisfy((error: unknown) => hasCode(error, "BODY_ABORTED"));
});

test("over HTTP/2, a client that left before anybody looked is known to be gone", async () => {
  const { rig, client } = await startHttp2();
  client
    .request({})
    .on("error", () => {})
    .end();
  const [request, response] = await rig.accept();
  expect(rig.exchange(request, response).ended).toBe(false);
  client.destroy();
  await once(response, "close");
  const exchange = rig.exchange(request, response);
  expect(exchange.ended).toBe(true);
  exchange.respond(200, {}, "late");
});

test("over HTTP/1, a client that left before anybody looked is known to be gone", async () => {
  const rig = new Rig(createServer());
  const client = connectTcp(await rig.listen(), "127.0.0.1");
  client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /second HTTP/1.1\r\nHost: x\r\n\r\n");
  const [first, second] = [await rig.accept(), await rig.accept()];
  const exchanges = (): boolean[] =>
    [first, second].map(([request, response]) => rig.exchange(request, response).ended);
  expect(exchanges()).toEqual([false, false]);
  client.destroy();
  await once(first[1], "close");
  expect(exchanges()).toEqual([true, true]);
});

test("headers that listeners may not add are reported and left out, and the request is answered", async () => {
  const rig = new Rig(createServer());
  const port = await rig.listen();
  const answer = fetch(`http://127.0.0.1:${port}/`);
  const [request, response] = await rig.accept();
  const exchange = rig.exchange(request, response, (headers) => {
    headers["x-tenant"] = "a\r\nSet-Cookie: evil=1";
  });
  exchange.respond(200, { "x-own": "kept" }, "body");
  const { headers } = await answer;
  expect([headers.get("x-own"), headers.get("x-tenant"), headers.get("set-cookie")]).toEqual(["kept", null, null]);
  expect(rig.reported).toEqual([expect.objectContaining({ code: "ERR_INVALID_CHAR" })]);
});
