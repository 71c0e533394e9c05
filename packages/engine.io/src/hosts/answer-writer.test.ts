import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { DeadlineQueue, hasCode } from "@halyard/core";
import { FakeClock } from "@halyard/core/testing";
import { expect, onTestFinished, test } from "vitest";
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
