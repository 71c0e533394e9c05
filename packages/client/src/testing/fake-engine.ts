import type { ClientEngineSocketHandler, EngineMessage, EngineReadyState, SocketPacket } from "@halyard/contracts";
import { FakeClock } from "@halyard/core/testing";
import { parser, resolveParser } from "@halyard/socket.io-parser";
import type { ConnectionEngine } from "../hub.ts";
import type { Engine } from "../engine.ts";
import { ManagerCore } from "../manager.ts";
import type { ManagerOptions } from "../options.ts";

/** An engine socket whose server is the test. */
export class FakeEngine implements ConnectionEngine {
  readonly id = "fake";
  readonly transport = { name: "websocket" };
  readyState: EngineReadyState = "opening";
  writable = false;
  bufferedBytes = 0;
  pingExpired = false;
  binaryType = "nodebuffer";
  /** What the server takes; it does not say unless a test does. */
  maxLength: number = Infinity;
  /** How it was closed by its owner, if it was. */
  closed: "flushed" | "discarded" | undefined;
  readonly sent: EngineMessage[] = [];
  readonly compressed: boolean[] = [];
  #handler: ClientEngineSocketHandler | undefined;
  readonly #decoder = parser.createDecoder();

  bind(handler: ClientEngineSocketHandler): void {
    this.#handler = handler;
  }

  unbind(): void {
    this.#handler = undefined;
  }

  fits(message: EngineMessage): boolean {
    return message.length <= this.maxLength;
  }

  transmit(message: EngineMessage, compress: boolean): void {
    if (this.readyState !== "open") return;
    this.sent.push(message);
    this.compressed.push(compress);
  }

  close(discard?: boolean): void {
    this.closed ??= discard ? "discarded" : "flushed";
    this.end("forced close");
  }

  hasPingExpired(): boolean {
    return this.pingExpired;
  }

  /** The server accepts the connection. */
  open(): void {
    this.readyState = "open";
    this.writable = true;
    this.#handler?.onOpen();
  }

  ping(): void {
    this.#handler?.onPing?.();
  }

  /** The server sends a packet, given as it is on the wire. */
  receive(...messages: EngineMessage[]): void {
    for (const message of messages) this.#handler?.onMessage(message);
  }

  /** The connection ends, or fails if it was not open. */
  end(reason: string, cause?: unknown): void {
    this.readyState = "closed";
    this.writable = false;
    const handler = this.#handler;
    this.#handler = undefined;
    handler?.onClose(reason, cause);
  }

  /** What was sent since the last call, decoded. */
  packets(): SocketPacket[] {
    const packets = this.sent.splice(0).map((message) => this.#decoder.write(message));
    return packets.filter((packet) => packet !== undefined);
  }
}

/** A manager on fake engines and a fake clock. */
export class Rig {
  readonly clock: FakeClock = new FakeClock();
  readonly engines: FakeEngine[] = [];
  readonly manager: ManagerCore;
  /** What was asked of each engine. */
  readonly requests: ManagerOptions[] = [];

  constructor(options: ManagerOptions = {}, uri = "http://localhost") {
    this.manager = new ManagerCore(
      {
        createEngine: (given) => {
          const engine = new FakeEngine();
          this.engines.push(engine);
          this.requests.push(given);
          return engine as unknown as Engine;
        },
        resolveParser,
      },
      uri,
      { randomizationFactor: 0, clock: this.clock, ...options },
    );
  }

  /** The latest engine. */
  get engine(): FakeEngine {
    const engine = this.engines.at(-1);
    if (engine === undefined) throw new Error("no engine was made");
    return engine;
  }

  /** Opens the latest engine and lets a namespace in. */
  accept(namespace = "/", data: object = { sid: "sid-1" }): void {
    if (this.engine.readyState === "opening") this.engine.open();
    this.engine.packets();
    const prefix = namespace === "/" ? "" : `${namespace},`;
    this.engine.receive(`0${prefix}${JSON.stringify(data)}`);
  }
}
