import type {
  EngineControlPacket,
  EngineMessage,
  EnginePacket,
  Transport,
  TransportCloseReason,
  TransportHandler,
} from "@halyard/contracts";
import { check, show } from "../check.ts";

/** A call of `onClose`. */
export interface Closing {
  readonly reason: TransportCloseReason;
  readonly cause: Error | undefined;
}

/** One end of a pair, used the way a session uses a transport; records all that its handler is told. */
export class Endpoint implements TransportHandler {
  readonly transport: Transport;
  readonly received: EnginePacket[] = [];
  readonly closings: Closing[] = [];
  /** Calls that came after `onClose`. */
  readonly late: string[] = [];
  /** Called for each packet after it was recorded. */
  onReceived: (packet: EnginePacket) => void = () => {};
  readonly #timeoutMs: number;
  #waiting: (() => void)[] = [];
  /** Settles when all that is to be sent has been. */
  #sending: Promise<void> = Promise.resolve();

  constructor(transport: Transport, timeoutMs: number) {
    this.transport = transport;
    this.#timeoutMs = timeoutMs;
  }

  /** Another handler for the same transport, not bound yet. */
  successor(): Endpoint {
    return new Endpoint(this.transport, this.#timeoutMs);
  }

  onMessage(data: EngineMessage): void {
    this.#record("onMessage", { type: "message", data });
  }

  onPacket(packet: EngineControlPacket): void {
    this.#record("onPacket", packet);
    // as a session does: the peer has said that nothing follows
    if (packet.type === "close") this.transport.close();
  }

  onWritable(): void {
    this.#noteLate("onWritable");
    this.#wake();
  }

  onClose(reason: TransportCloseReason, cause?: Error): void {
    this.closings.push({ reason, cause });
    this.#wake();
  }

  /** Sends as soon as the transport is writable and what was to be sent before has left. */
  send(packets: readonly EnginePacket[]): Promise<void> {
    const turn = this.#sending.then(async () => {
      await this.until(() => this.transport.writable, "the transport becomes writable");
      this.transport.send(packets);
    });
    this.#sending = turn.catch(() => {});
    return turn;
  }

  async sendText(...messages: readonly string[]): Promise<void> {
    await this.send(messages.map((data) => ({ type: "message", data })));
  }

  /** Waits for a number of packets, counted from the start, and returns them. */
  async receive(count: number): Promise<EnginePacket[]> {
    await this.until(
      () => this.received.length >= count,
      () => `${count} packets arrive; ${this.#summary()}`,
    );
    return this.received.slice(0, count);
  }

  /** Waits for `onClose`. */
  async closed(): Promise<Closing> {
    await this.until(
      () => this.closings.length > 0,
      () => `onClose is called; ${this.#summary()}`,
    );
    const [closing] = this.closings;
    check(closing !== undefined, "onClose was not called");
    return closing;
  }

  /** Waits until the condition holds; it is looked at after each call of the handler, and now and then besides. */
  async until(condition: () => boolean, what: string | (() => string)): Promise<void> {
    const deadline = Date.now() + this.#timeoutMs;
    while (!condition()) {
      check(Date.now() < deadline, `waited ${this.#timeoutMs} ms until ${typeof what === "string" ? what : what()}`);
      await this.#nextCall();
    }
  }

  #nextCall(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, RECHECK_MS);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #record(call: string, packet: EnginePacket): void {
    this.#noteLate(call);
    this.received.push(packet);
    this.onReceived(packet);
    this.#wake();
  }

  #noteLate(call: string): void {
    if (this.closings.length > 0) this.late.push(call);
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }

  #summary(): string {
    const last = this.received.at(-1);
    return `got ${this.received.length}${last === undefined ? "" : `, the last is ${show(last)}`}, onClose called ${this.closings.length} times`;
  }
}

/** Some conditions, such as `bufferedBytes`, change without a call of the handler. */
const RECHECK_MS = 10;
