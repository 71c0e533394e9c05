import type { EngineControlPacket, EngineMessage, TransportCloseReason } from "@halyard/contracts";
import { FakeClock } from "@halyard/core/testing";
import { describe, expect, test } from "vitest";
import { codecOf } from "../codecs.ts";
import { LoopTurns, WorkMeters } from "../loop-turns.ts";
import type { FrameWriter } from "./frame-writer.ts";
import type { ServerTransportHandler } from "./server-transport.ts";
import { WebSocketTransport, type WebSocketConnection } from "./websocket.ts";

const MAX_PAYLOAD_BYTES = 100_000;

/** Writes nothing: these tests are about what comes in. */
const SILENT: FrameWriter = {
  bufferedBytes: 0,
  receivedBytes: 0,
  start: () => {},
  writeMessage: () => {},
  writePrepared: () => {},
  writePacket: () => {},
  writePong: () => {},
  end: (onEnded) => onEnded(),
  finish: () => false,
  discard: () => {},
};

class FakeWebSocket implements WebSocketConnection {
  readyState = 1;
  isPaused = false;

  callLibrary(): boolean {
    return true;
  }

  sayGoodbye(): void {
    this.readyState = 2;
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

/** A transport over a connection that a test plays, with turns of the event loop that it ends. */
class Rig implements ServerTransportHandler {
  readonly clock = new FakeClock();
  readonly connection = new FakeWebSocket();
  readonly transport: WebSocketTransport;
  readonly messages: EngineMessage[] = [];
  readonly closings: TransportCloseReason[] = [];
  readonly reported: unknown[] = [];
  react: (() => void) | undefined;
  #deferred: (() => void)[] = [];

  constructor(maxPackets = 4) {
    const turns = new LoopTurns(
      this.clock,
      (error) => this.reported.push(error),
      (callback) => this.#deferred.push(callback),
    );
    const context = {
      meters: new WorkMeters(turns, { maxPackets, maxMs: 5 }),
      maxPayloadBytes: MAX_PAYLOAD_BYTES,
      onLingering: () => {},
      onGone: () => {},
    };
    this.transport = new WebSocketTransport(this.connection, codecOf(4), context, () => SILENT);
    this.transport.bind(this);
  }

  get hasWork(): boolean {
    return this.#deferred.length > 0;
  }

  onMessage(data: EngineMessage): void {
    this.messages.push(data);
    this.react?.();
  }

  onPacket(_packet: EngineControlPacket): void {
    this.react?.();
  }

  onWritable(): void {}

  onClose(reason: TransportCloseReason): void {
    this.closings.push(reason);
  }

  frame(text: string): void {
    this.transport.onFrame(Buffer.from(text), false);
  }

  endTurn(): void {
    for (const callback of this.#deferred.splice(0)) callback();
  }
}

describe("reading", () => {
  test("a turn's share is processed at once, the rest in the next turns, with reading paused meanwhile", () => {
    const rig = new Rig(2);
    for (const text of ["4a", "4b", "4c", "4d", "4e"]) rig.frame(text);
    expect([rig.messages.join(""), rig.connection.isPaused]).toEqual(["ab", true]);
    rig.endTurn();
    expect([rig.messages.join(""), rig.connection.isPaused]).toEqual(["abcd", true]);
    rig.endTurn();
    expect([rig.messages.join(""), rig.connection.isPaused]).toEqual(["abcde", false]);
  });

  test("what waits is processed once and in order when its processing lets go of a hold", () => {
    const rig = new Rig(2);
    for (const text of ["4a", "4b", "4c", "4d", "4e", "4f"]) rig.frame(text);
    rig.react = () => {
      rig.transport.pauseReading();
      rig.transport.resumeReading();
    };
    for (let turn = 0; turn < 3; turn++) rig.endTurn();
    expect([rig.messages.join(""), rig.connection.isPaused]).toEqual(["abcdef", false]);
  });

  test("a connection that ended is told of once what it brought is processed", () => {
    const rig = new Rig(1);
    for (const text of ["4a", "4b", "4c"]) rig.frame(text);
    rig.transport.onEnd();
    expect([rig.messages.join(""), rig.closings]).toEqual(["a", []]);
    for (let turn = 0; turn < 2; turn++) rig.endTurn();
    expect([rig.messages.join(""), rig.closings]).toEqual(["abc", ["transport close"]]);
  });

  test("reading goes on after the transport has closed, so that the peer's close frame is seen", () => {
    const rig = new Rig(1);
    for (const text of ["4a", "4b"]) rig.frame(text);
    rig.transport.close();
    rig.endTurn();
    expect(rig.connection).toMatchObject({ readyState: 2, isPaused: false });
  });

  test("more than may be kept ends the connection", () => {
    const rig = new Rig(1);
    for (let each = 0; each < 6; each++) rig.frame(`4${"x".repeat(90_000)}`);
    expect(rig.connection.readyState).toBe(3);
    rig.endTurn();
    rig.transport.onEnd();
    expect([rig.messages.length, rig.closings]).toEqual([1, ["transport error"]]);
  });

  test.each([
    ["pings", (rig: Rig) => rig.transport.onPing(Buffer.alloc(0))],
    ["pongs", (rig: Rig) => rig.transport.onPong()],
  ])("%s beyond the share pause reading until the turn is over", (_what, receive) => {
    const rig = new Rig(3);
    for (let each = 0; each < 3; each++) receive(rig);
    expect(rig.connection.isPaused).toBe(false);
    receive(rig);
    expect(rig.connection.isPaused).toBe(true);
    rig.endTurn();
    expect(rig.connection.isPaused).toBe(false);
  });
});

/** A small random generator, so that a failing run can be repeated. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** What may happen to a connection, in any order and number. */
class Scenario {
  readonly rig = new Rig();
  sent = 0;
  holds = 0;
  #readAhead = 0;
  #isOver = false;
  readonly #random: (below: number) => number;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
    this.rig.react = () => this.#react();
  }

  run(steps: number): void {
    for (let step = 0; step < steps && !this.#isOver; step++) this.#step();
    while (this.holds > 0) this.#release();
    // every turn processes one packet at least
    for (let turn = 0; turn <= this.sent && this.rig.hasWork; turn++) {
      this.rig.endTurn();
      while (this.holds > 0) this.#release();
    }
  }

  #step(): void {
    const { rig } = this;
    switch (this.#random(12)) {
      case 0:
      case 1:
        rig.endTurn();
        break;
      case 2:
        this.#hold();
        break;
      case 3:
        this.#release();
        break;
      case 4:
        if (this.#mayArrive()) rig.transport.onPing(Buffer.alloc(0));
        break;
      case 5:
        if (this.#mayArrive()) rig.transport.onPong();
        break;
      case 6:
        rig.clock.advance(this.#random(4));
        break;
      case 7:
        if (this.#random(30) > 0) break;
        this.#isOver = true;
        rig.transport.onEnd();
        break;
      default:
        for (let count = this.#random(6); count > 0 && this.#mayArrive(); count--) rig.frame(`4${this.sent++}`);
    }
  }

  /** While reading is paused, only what had been read before arrives. */
  #mayArrive(): boolean {
    if (!this.rig.connection.isPaused) this.#readAhead = this.#random(10);
    return this.#readAhead-- > 0 || !this.rig.connection.isPaused;
  }

  #react(): void {
    switch (this.#random(10)) {
      case 0:
        this.rig.clock.advance(this.#random(7)); // takes its time
        break;
      case 1:
        this.#hold();
        break;
      case 2:
        this.#release();
        break;
      case 3:
        this.#hold();
        this.#release();
        break;
    }
  }

  #hold(): void {
    if (this.holds++ === 0) this.rig.transport.pauseReading();
  }

  #release(): void {
    if (this.holds > 0 && --this.holds === 0) this.rig.transport.resumeReading();
  }
}

test("whatever comes in whichever order: each packet is processed once, in order, and nothing waits for ever", () => {
  for (let seed = 1; seed <= 3_000; seed++) {
    const scenario = new Scenario(seed);
    scenario.run(1 + (seed % 90));
    const { messages, connection, closings, reported } = scenario.rig;
    const expected = Array.from({ length: scenario.sent }, (_, index) => `${index}`);
    expect(messages, `seed ${seed}`).toEqual(expected);
    expect([connection.isPaused, reported], `seed ${seed}`).toEqual([false, []]);
    expect(closings.length, `seed ${seed}`).toBeLessThan(2);
  }
});
