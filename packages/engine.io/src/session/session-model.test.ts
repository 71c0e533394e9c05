import { IncomingMessage } from "node:http";
import { Socket as NetSocket } from "node:net";
import type { EngineMessage } from "@halyard/contracts";
import { DeadlineQueue } from "@halyard/core";
import { FakeClock } from "@halyard/core/testing";
import { expect, test } from "vitest";
import { codecOf } from "../codecs.ts";
import { LoopTurns, WorkMeters } from "../loop-turns.ts";
import { Server } from "../server.ts";
import { FakeExchange, settled } from "../transports/fake-exchange.fixture.ts";
import { FlushScheduler } from "../transports/flush-scheduler.ts";
import type { FrameWriter } from "../transports/frame-writer.ts";
import { PollingTransport } from "../transports/polling.ts";
import { WebSocketTransport, type WebSocketConnection } from "../transports/websocket.ts";
import { KeptRequest } from "./handshake-record.ts";
import { HeaderStore } from "./header-store.ts";
import { Session } from "./session.ts";

const MAX_PACKETS = 4;

/** A small random generator, so that a failing run can be repeated. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** The client's end of a WebSocket: what the server writes, and whether it reads. */
class ClientEnd implements WebSocketConnection, FrameWriter {
  readonly bufferedBytes = 0;
  readonly receivedBytes = 0;
  readonly received: string[] = [];
  readyState = 1;
  isPaused = false;

  writeMessage(message: EngineMessage): void {
    this.received.push(`4${String(message)}`);
  }

  writePacket(encoded: string): void {
    this.received.push(encoded);
  }

  writePrepared(): void {}
  writePong(): void {}
  discard(): void {}

  end(onEnded: () => void): void {
    onEnded();
  }

  finish(): boolean {
    return false;
  }

  start(): void {}

  callLibrary(): boolean {
    return true;
  }

  sayGoodbye(): void {
    this.readyState = 3;
  }

  terminate(): void {
    this.readyState = 3;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }
}

/** One session whose client polls, posts and upgrades, and whose application holds reading back, all at random moments. */
class Scenario {
  readonly toServer: string[] = [];
  readonly toClient: string[] = [];
  readonly sentBy = { client: 0, server: 0 };
  readonly reported: unknown[] = [];
  readonly closings: string[] = [];
  readonly session: Session;
  readonly #clock = new FakeClock();
  readonly #random: (below: number) => number;
  readonly #polling: PollingTransport;
  readonly #webSocket: WebSocketTransport;
  readonly #end = new ClientEnd();
  readonly #meters: WorkMeters;
  #deferred: (() => void)[] = [];
  #poll: FakeExchange | undefined;
  #post: FakeExchange | undefined;
  #postBody = "";
  #stage: "polling" | "probing" | "pausing" | "switched" = "polling";
  /** Does not wait for the answer to its post before it switches. */
  readonly #isHasty: boolean;
  #releases: (() => void)[] = [];
  #seen = 0;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
    this.#isHasty = this.#random(2) === 0;
    const clock = this.#clock;
    const defer = (callback: () => void): void => void this.#deferred.push(callback);
    const report = (error: unknown): void => void this.reported.push(error);
    const turns = new LoopTurns(clock, report, defer);
    this.#meters = new WorkMeters(turns, { maxPackets: MAX_PACKETS, maxMs: 5 });
    this.#polling = new PollingTransport(codecOf(4), true, {
      clock,
      scheduler: new FlushScheduler("immediate", report, { tick: defer, immediate: defer }),
      meters: this.#meters,
      maxBodyBytes: 100_000,
      pollCloseTimeoutMs: 30_000,
      compress: undefined,
    });
    this.#webSocket = new WebSocketTransport(
      this.#end,
      codecOf(4),
      { meters: this.#meters, maxPayloadBytes: 100_000, onLingering: () => {}, onGone: () => {} },
      () => this.#end,
    );
    const request = Object.assign(new IncomingMessage(new NetSocket()), { _query: {} });
    this.session = new Session(
      { id: "S", protocol: 4, remoteAddress: "127.0.0.1", record: new KeptRequest(request, 0, false) },
      this.#polling,
      {
        heartbeat: {
          clock,
          pings: new DeadlineQueue(clock, 25_000),
          pongs: new DeadlineQueue(clock, 20_000),
          silences: new DeadlineQueue(clock, 45_000),
          afterInput: turns.afterInput,
        },
        upgrade: { clock, deadlines: new DeadlineQueue(clock, 10_000) },
        stalls: new DeadlineQueue(clock, 30_000),
        maxWritableBytes: 100_000,
        maxQueuedBytes: 100_000,
        closeTimeoutMs: 5_000,
        pollCloseTimeoutMs: 30_000,
        headerStore: new HeaderStore(),
        server: new Server(),
        isObserved: false,
        onClosed: () => {},
        onFlush: () => {},
        onDrain: () => {},
        report,
      },
    );
    this.session.bind({
      onMessage: (message) => this.#onMessage(String(message)),
      onClose: (reason) => void this.closings.push(reason),
    });
    this.session.open("{}", undefined);
  }

  /** Lets things happen, then lets everything come to its end. */
  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) await this.#step(this.#random(16));
    for (let round = 0; round < 40 + this.sentBy.client; round++) {
      this.#releaseAll();
      this.#endTurn();
      if (this.#stage === "polling" || this.#stage === "probing") this.#sendPoll();
      await this.#arrive();
      this.#look();
    }
  }

  async #step(choice: number): Promise<void> {
    if (choice < 3) this.#endTurn();
    else if (choice < 5) this.#sendPoll();
    else if (choice < 7) this.#sendFromClient();
    else if (choice === 7) await this.#arrive();
    else if (choice < 10) this.session.transmit(`${this.sentBy.server++}`, true);
    else if (choice === 10) this.#hold();
    else if (choice === 11) this.#releases.shift()?.();
    else if (choice === 12) this.#clock.advance(this.#random(4));
    else if (choice === 13) this.#beginUpgrade();
    else this.#sendFromClient();
    this.#look();
  }

  #onMessage(message: string): void {
    this.toServer.push(message);
    const choice = this.#random(12);
    if (choice === 0) this.#clock.advance(this.#random(7)); // takes its time
    else if (choice === 1) this.#hold();
    else if (choice === 2) this.#releases.shift()?.();
    else if (choice === 3) this.session.pauseReading()();
  }

  #hold(): void {
    this.#releases.push(this.session.pauseReading());
  }

  #releaseAll(): void {
    for (const release of this.#releases.splice(0)) release();
  }

  #endTurn(): void {
    for (const callback of this.#deferred.splice(0)) callback();
  }

  #sendPoll(): void {
    if (this.#poll !== undefined || this.#stage === "pausing" || this.#stage === "switched") return;
    this.#poll = new FakeExchange("GET");
    this.#polling.onRequest(this.#poll);
  }

  #sendFromClient(): void {
    const first = this.sentBy.client;
    const packets = Array.from({ length: 1 + this.#random(10) }, (_, index) => `4${first + index}`);
    if (this.#stage === "switched") {
      if (this.#end.isPaused && this.#random(3) > 0) return;
      this.sentBy.client += packets.length;
      for (const packet of packets) this.#webSocket.onFrame(Buffer.from(packet), false);
    } else if (this.#post === undefined && this.#stage !== "pausing") {
      this.sentBy.client += packets.length;
      this.#post = FakeExchange.post();
      this.#postBody = packets.join("\x1e");
      this.#polling.onRequest(this.#post);
    }
  }

  /** The body of the post arrives. */
  async #arrive(): Promise<void> {
    if (this.#post === undefined || this.#postBody === "") return;
    const body = this.#postBody;
    this.#postBody = "";
    await this.#post.arrive(body);
    await settled();
  }

  #beginUpgrade(): void {
    if (this.#stage !== "polling") return;
    this.#stage = "probing";
    this.session.beginUpgrade(this.#webSocket);
    this.#webSocket.onFrame(Buffer.from("2probe"), false);
  }

  /** The client looks at what it has got, and acts on it. */
  #look(): void {
    this.#lookAtPoll();
    if (this.#post?.answer === "ok") this.#post = undefined;
    for (; this.#seen < this.#end.received.length; this.#seen++) this.#take(this.#end.received[this.#seen] ?? "");
    const isAnswered = this.#post === undefined || this.#isHasty;
    if (this.#stage === "pausing" && this.#poll === undefined && isAnswered) {
      this.#stage = "switched";
      this.#webSocket.onFrame(Buffer.from("5"), false);
      this.#sendFromClient(); // right behind it
    }
  }

  #lookAtPoll(): void {
    const answer = this.#poll?.answer;
    if (typeof answer !== "string") return;
    this.#poll = undefined;
    for (const packet of answer.split("\x1e")) this.#take(packet);
  }

  #take(packet: string): void {
    if (packet.startsWith("4")) this.toClient.push(packet.slice(1));
    if (packet === "3probe") this.#stage = "pausing";
  }
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => `${index}`);

test("whatever is held back or upgraded when: every message arrives once, in order, both ways", async () => {
  for (let seed = 1; seed <= 400; seed++) {
    const scenario = new Scenario(seed);
    await scenario.run(40 + (seed % 160));
    const { sentBy, toServer, toClient, reported, closings } = scenario;
    expect(toServer, `to the server, seed ${seed}`).toEqual(numbers(sentBy.client));
    expect(toClient, `to the client, seed ${seed}`).toEqual(numbers(sentBy.server));
    expect([reported, closings], `seed ${seed}`).toEqual([[], []]);
  }
});
