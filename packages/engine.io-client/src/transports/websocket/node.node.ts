import type { Socket as TcpSocket } from "node:net";
import type { EngineMessage, EnginePacket } from "@halyard/contracts";
import { WebSocket as Ws, type ClientOptions, type RawData } from "ws";
import { connectionOptions } from "../node-options.node.ts";
import { Transport } from "../transport.ts";

const DEFAULT_THRESHOLD_BYTES = 1024;

/** WebSocket by the `ws` package: Node.js. What is sent in one task leaves in one write. */
export class NodeWebSocket extends Transport {
  #socket: Ws | undefined;
  #tcp: TcpSocket | undefined;
  #drainDue = false;

  get name(): "websocket" {
    return "websocket";
  }

  get writable(): boolean {
    return this.state === "open";
  }

  get bufferedBytes(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  open(): void {
    const { protocols, timestampRequests } = this.options.given;
    try {
      const socket = new Ws(this.url("ws", timestampRequests === true), protocols, this.#clientOptions());
      this.#socket = socket;
      this.#listen(socket);
    } catch (error) {
      queueMicrotask(() => this.fail("websocket error", error));
    }
  }

  sendMessage(message: EngineMessage, compress: boolean): void {
    if (typeof message === "string") this.#write("4" + message, compress);
    else this.#write(this.#encode({ type: "message", data: message }), compress);
  }

  send(packets: readonly EnginePacket[]): void {
    for (const packet of packets) this.#write(this.#encode(packet), false);
  }

  close(): void {
    if (this.state === "closing" || this.state === "closed") return;
    this.state = "closing";
    this.#flush();
    this.#socket?.close();
  }

  protected release(): void {
    this.#socket?.terminate();
  }

  #encode(packet: EnginePacket): EngineMessage {
    return this.options.codec.encodePacket(packet, !this.options.given.forceBase64);
  }

  #clientOptions(): ClientOptions {
    const { cookieJar, given } = this.options;
    const cookie = cookieJar?.header();
    const { maxPayload, origin, perMessageDeflate = { threshold: DEFAULT_THRESHOLD_BYTES }, protocolVersion } = given;
    return {
      ...connectionOptions(given),
      ...(maxPayload !== undefined && { maxPayload }),
      ...(origin !== undefined && { origin }),
      ...(protocolVersion !== undefined && { protocolVersion }),
      perMessageDeflate,
      headers: { ...(cookie !== undefined && { cookie }), ...given.extraHeaders },
    };
  }

  #listen(socket: Ws): void {
    socket.on("upgrade", (response) => {
      this.#tcp = response.socket;
      if (this.options.background) response.socket.unref();
      this.options.cookieJar?.store(response.headers["set-cookie"]);
    });
    socket.on("open", () => {
      if (this.state !== "opening") return;
      this.state = "open";
      this.handler.onWritable();
    });
    socket.on("message", (data, isBinary) => this.#onFrame(data, isBinary));
    socket.on("error", (error) => this.fail("websocket error", { type: "error", message: error.message, error }));
    socket.on("close", (code, reason) => {
      this.leave("websocket connection closed", { type: "close", code, reason: reason.toString() });
    });
  }

  #onFrame(data: RawData, isBinary: boolean): void {
    if (!Buffer.isBuffer(data)) return;
    if (isBinary) return this.handler.onMessage(data);
    // the hot path of the protocol's type "4", message
    if (data[0] === 0x34) return this.handler.onMessage(data.toString("utf8", 1));
    this.guard(() => this.receive(this.options.codec.decodePacket(data.toString())));
  }

  #write(frame: EngineMessage, compress: boolean): void {
    if (!this.#drainDue) {
      this.#drainDue = true;
      this.#tcp?.cork();
      process.nextTick(() => this.#onTickEnd());
    }
    this.#socket?.send(frame, { compress });
  }

  #onTickEnd(): void {
    if (this.#flush() && this.state === "open") this.handler.onWritable();
  }

  #flush(): boolean {
    if (!this.#drainDue) return false;
    this.#drainDue = false;
    this.#tcp?.uncork();
    return true;
  }
}
