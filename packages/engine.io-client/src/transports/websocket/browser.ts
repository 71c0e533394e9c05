import type { EngineMessage, EnginePacket } from "@halyard/contracts";
import { decodeFrame, encodeFrame } from "@halyard/engine.io-parser";
import { Transport } from "../transport.ts";

/** The built-in class as React Native has it: with headers, which browsers ignore. */
interface BuiltinClass {
  new (url: string, protocols?: string | string[], options?: object): globalThis.WebSocket;
}

/** WebSocket by the built-in class: browsers, workers, React Native, Deno, Bun, Node.js from version 22. */
export class WebSocket extends Transport {
  #socket: globalThis.WebSocket | undefined;
  #drainDue = false;

  /** What servers and options call it. */
  get name(): "websocket" {
    return "websocket";
  }

  get bufferedBytes(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  open(): void {
    const { extraHeaders, protocols, timestampRequests } = this.options;
    const Builtin: BuiltinClass = globalThis.WebSocket;
    try {
      const url = this.url("ws", timestampRequests === true);
      const socket = new Builtin(url, protocols, extraHeaders && { headers: extraHeaders });
      this.#socket = socket;
      socket.binaryType = "arraybuffer";
      socket.onopen = () => {
        this.state = "open";
        this.handler.onWritable();
      };
      socket.onmessage = ({ data }) =>
        this.receive(() => [decodeFrame(typeof data === "string" ? data : new Uint8Array(data))]);
      socket.onerror = (event) => this.fail("websocket error", event);
      socket.onclose = (event) => this.leave("websocket connection closed", event);
    } catch (error) {
      queueMicrotask(() => this.fail("websocket error", error));
    }
  }

  /** Sends one message. */
  sendMessage(data: EngineMessage): void {
    this.send([{ type: "message", data }]);
  }

  send(packets: readonly EnginePacket[]): void {
    for (const packet of packets) {
      const frame = encodeFrame(packet, !this.options.forceBase64);
      // shared memory, which the DOM types exclude, is refused by the browser itself
      this.#socket?.send(frame as string | Uint8Array<ArrayBuffer>);
    }
    if (this.#drainDue) return;
    this.#drainDue = true;
    queueMicrotask(() => {
      this.#drainDue = false;
      if (this.state === "open") this.handler.onWritable();
    });
  }

  close(): void {
    if (this.state === "closed") return;
    this.state = "closing";
    this.#socket?.close();
  }

  protected release(): void {
    this.#socket?.close();
  }
}
