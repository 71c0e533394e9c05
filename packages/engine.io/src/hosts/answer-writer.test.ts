import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { DeadlineQueue, hasCode } from "@halyard/core";
import { FakeClock } from "@halyard/core/testing";
import { expect, onTestFinished, test, vi } from "vitest";
import { endWith } from "./answer-writer.ts";

const STALL_MS = 30_000;
/** More than the operating system takes for a client that does not read. */
const HUGE = "x".repeat(20_000_000);

class Rig {
  readonly clock = new FakeClock();
  readonly stalls: DeadlineQueue = new DeadlineQueue(this.clock, STALL_MS);
  readonly context = { stalls: this.stalls, afterInput: (callback: () => void) => callback() };
  readonly client: Socket;
  readonly response: ServerResponse;

  constructor(client: Socket, response: ServerResponse) {
    this.client = client;
    this.response = response;
  }

  /** A client that has asked for something, and reads nothing. */
  static async start(): Promise<Rig> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
    onTestFinished(() => {
      client.destroy();
      server.close();
      server.closeAllConnections();
    });
    client.on("error", () => {});
    client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    const [, response]: ServerResponse[] = await once(server, "request");
    if (response === undefined) throw new Error("no request");
    return new Rig(client.pause(), response);
  }

  answer(body: string | Uint8Array) {
    this.response.writeHead(200, { "Content-Length": Buffer.byteLength(body) });
    return endWith(this.response, body, this.context);
  }

  async read(byteLength: number): Promise<void> {
    for (let left = byteLength; left > 0;) {
      const chunk: Buffer | null = this.client.read();
      if (chunk === null) await once(this.client, "readable");
      else left -= chunk.byteLength;
    }
  }
}

test("the head and the body of a short answer go to the socket in one piece", async () => {
  const rig = await Rig.start();
  const { socket } = rig.response;
  if (socket === null) throw new Error("no socket");
  const single = vi.spyOn(socket, "_write");
  const several = vi.spyOn(socket, "_writev" as "_write");
  rig.answer("small");
  expect([single.mock.calls.length, several.mock.calls.length]).toEqual([1, 0]);
  await once(rig.client, "readable");
  const text = String(rig.client.read());
  expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nsmall$/s);
});

test("what a middleware does when a response is ended, it does with the whole body", async () => {
  const rig = await Rig.start();
  const written = vi.spyOn(rig.response, "write");
  const ended = vi.fn(rig.response.end.bind(rig.response));
  rig.response.end = ended as never;
  rig.answer("small");
  expect(written).not.toHaveBeenCalled();
  expect(ended.mock.calls).toEqual([["small"]]);
});

test("an answer waits for the one before it, whichever is given first", async () => {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  onTestFinished(() => void client.destroy());
  const stalls = new DeadlineQueue(new FakeClock(), STALL_MS);
  const context = { stalls, afterInput: (callback: () => void) => callback() };
  const responses: ServerResponse[] = [];
  server.on("request", (_, response) => responses.push(response));
  client.write("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  while (responses.length < 2) await once(server, "request");
  for (const [index, response] of [...responses.entries()].toReversed())
    endWith(response.writeHead(200, { "Content-Length": 6 }), `body ${index + 1}`, context);
  let text = "";
  for await (const chunk of client) text += String(chunk);
  expect(text.match(/body \d/g)).toEqual(["body 1", "body 2"]);
});

test("an answer that the operating system takes at once needs no watching", async () => {
  const rig = await Rig.start();
  expect(rig.answer("small")).toBeUndefined();
  expect(rig.clock.pendingCount).toBe(0);
});

test("an answer is counted until the client has read it, and arrives in one piece", async () => {
  const rig = await Rig.start();
  const writer = rig.answer(HUGE);
  expect(writer?.unsentBytes).toBeGreaterThan(10_000_000);
  const sent = new Promise<Error | undefined>((resolve) => writer?.onSent(resolve));
  await rig.read(HUGE.length);
  expect(await sent).toBeUndefined();
  expect(writer?.unsentBytes).toBe(0);
  expect(rig.clock.pendingCount).toBe(0);
});

test("a client that reads nothing is given up; one that reads something is not", async () => {
  const rig = await Rig.start();
  const writer = rig.answer(HUGE);
  const sent = new Promise<Error | undefined>((resolve) => writer?.onSent(resolve));
  const before = writer?.unsentBytes ?? 0;
  while (writer !== undefined && writer.unsentBytes === before) await rig.read(65_536);
  rig.clock.advance(STALL_MS);
  expect(rig.response.destroyed).toBe(false);
  rig.clock.advance(STALL_MS - 1);
  expect(rig.response.destroyed).toBe(false);
  rig.clock.advance(1);
  expect(hasCode(await sent, "SLOW_CONSUMER")).toBe(true);
  expect(writer?.unsentBytes).toBe(0);
  expect(rig.clock.pendingCount).toBe(0);
});

test("a client that leaves before it has read its answer is told of", async () => {
  const rig = await Rig.start();
  const writer = rig.answer(Buffer.from(HUGE));
  const sent = new Promise<Error | undefined>((resolve) => writer?.onSent(resolve));
  rig.client.destroy();
  expect(hasCode(await sent, "ANSWER_ABORTED")).toBe(true);
  expect(rig.clock.pendingCount).toBe(0);
});
