import type { Bus, BusHandler, BusMessage, BusStatus } from "@halyard/contracts";
import { check, checkEqual, show } from "../check.ts";
import { until } from "../wait.ts";

/** One node of a case: a bus, and what its handler is told. */
export class BusNode implements BusHandler {
  readonly bus: Bus;
  readonly received: unknown[] = [];
  readonly statuses: BusStatus["kind"][] = [];
  malformedCount = 0;
  readonly #timeoutMs: number;

  constructor(bus: Bus, timeoutMs: number) {
    this.bus = bus;
    this.#timeoutMs = timeoutMs;
  }

  /** The numbers of the events that have come in. */
  get numbers(): unknown[] {
    return this.received.map(numberOf);
  }

  onMessage(message: unknown): void {
    this.received.push(message);
  }

  onStatus(status: BusStatus): void {
    this.statuses.push(status.kind);
  }

  onMalformed(): void {
    this.malformedCount++;
  }

  /** An event with a number of its own, as nodes broadcast it. */
  event(number: number, extra: readonly unknown[] = [], nsp = "/", rooms: readonly string[] = []): BusMessage {
    const data = ["event", number, ...extra];
    return {
      uid: this.bus.nodeId,
      nsp,
      type: 3,
      data: { packet: { type: 2, data, nsp }, opts: { rooms, except: [], flags: {} } },
    };
  }

  /** An answer with a number of its own, as nodes send it to the one that has asked. */
  answer(number: number): BusMessage {
    return { uid: this.bus.nodeId, nsp: "/", type: 10, data: { requestId: "q", packet: number } };
  }

  /** Waits for a number of messages, counted from the start. */
  async receives(count: number): Promise<void> {
    await this.until(
      () => this.received.length >= count,
      () => `${count} messages arrive; got ${show(this.numbers)}`,
    );
  }

  /** Waits for a status, counted from the start. */
  async isTold(status: BusStatus["kind"], times = 1): Promise<void> {
    await this.until(
      () => this.statuses.filter((kind) => kind === status).length >= times,
      () => `the status "${status}" is told; was told ${show(this.statuses)}`,
    );
  }

  until(condition: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
    return until(condition, this.#timeoutMs, what);
  }

  /** Fails the case unless exactly these events and answers have arrived, in this order. */
  expectNumbers(numbers: readonly number[]): void {
    checkEqual(this.numbers, numbers, "the messages that arrived");
  }
}

/** Fails the case unless a message is what was sent; a backend may add keys of its own to it. */
export function checkMessage(actual: unknown, sent: BusMessage): void {
  check(typeof actual === "object" && actual !== null, `a message: expected an object, got ${show(actual)}`);
  const { uid, nsp, type, data } = { uid: undefined, nsp: undefined, type: undefined, data: undefined, ...actual };
  checkEqual({ uid, nsp, type, data }, sent, "the message");
}

function numberOf(message: unknown): unknown {
  const data = property(message, "data");
  const packet = property(data, "packet");
  return typeof packet === "number" ? packet : property(property(packet, "data"), "1");
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}
