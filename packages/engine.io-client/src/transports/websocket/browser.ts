import type { EngineMessage, EnginePacket } from "@halyard/contracts";
import { Transport } from "../transport.ts";

/** The built-in class as React Native has it: with headers, which browsers ignore. */
interface BuiltinClass {
  new (url: string, protocols?: string | string[], options?: object): globalThis.WebSocket;
}

/** WebSocket by the built-in class: browsers, workers, React Native, Deno, Bun, Node.js from version 22. */
export class WebSocket extends Transport {
  #socket: globalThis.WebSocket | undefined;
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
    const { extraHeaders, protocols, timestampRequests } = this.options.given;
    const url = this.url("ws", timestampRequests === true);
    const Builtin: BuiltinClass = globalThis.WebSocket;
    try {
      const socket = new Builtin(url, protocols, extraHeaders && { headers: extraHeaders });
      this.#socket = socket;
      this.#listen(socket);
    } catch (error) {
      queueMicrotask(() => this.fail("websocket error", error));
    }
  }

  sendMessage(message: EngineMessage): void {
    if (typeof message === "string") this.#write("4" + message);
    else this.send([{ type: "message", data: message }]);
  }

  send(packets: readonly EnginePacket[]): void {
    const { given, platform } = this.options;
    for (const packet of packets) this.#write(platform.codec.encodePacket(packet, !given.forceBase64));
  }

  close(): void {
    if (this.state === "closed") return;
    this.state = "closing";
    this.#socket?.close();
  }

  protected release(): void {
    const socket = this.#socket;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onerror = socket.onclose = null;
    socket.close();
  }

  #listen(socket: globalThis.WebSocket): void {
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.state = "open";
      this.handler.onWritable();
    };
    socket.onmessage = ({ data }) => this.#onFrame(data);
    socket.onerror = (event) => this.fail("websocket error", event);
    socket.onclose = (event) => this.leave("websocket connection closed", event);
  }

  #onFrame(data: string | ArrayBuffer): void {
    if (typeof data !== "string") this.handler.onMessage(new Uint8Array(data));
    // the hot path of the protocol's type "4", message
    else if (data.startsWith("4")) this.handler.onMessage(data.slice(1));
    else this.receive(() => [this.options.platform.codec.decodePacket(data)]);
  }

  #write(frame: EngineMessage): void {
    // shared memory, which the DOM types exclude, is refused by the browser itself
    this.#socket?.send(frame as string | Uint8Array<ArrayBuffer>);
    if (this.#drainDue) return;
    this.#drainDue = true;
    queueMicrotask(() => {
      this.#drainDue = false;
      if (this.state === "open") this.handler.onWritable();
    });
  }
}
