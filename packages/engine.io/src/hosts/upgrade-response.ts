import { EventEmitter } from "node:events";
import { validateHeaderName, validateHeaderValue, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

type HeaderValue = number | string | readonly string[];

/**
 * What middlewares made for HTTP responses see during a WebSocket handshake. The headers they set become part of the 101
 * answer; ending the response ends the connection.
 */
export class UpgradeResponse extends EventEmitter {
  statusCode = 101;
  statusMessage = "";
  headersSent = false;
  writableEnded = false;
  readonly req: IncomingMessage;
  readonly socket: Duplex;
  readonly #headers = new Map<string, { readonly name: string; readonly value: HeaderValue }>();

  constructor(request: IncomingMessage, socket: Duplex) {
    super();
    this.req = request;
    this.socket = socket;
    socket.once("close", () => this.emit("close"));
  }

  get finished(): boolean {
    return this.writableEnded;
  }

  setHeader(name: string, value: HeaderValue): this {
    validateHeaderName(name);
    for (const each of [value].flat()) validateHeaderValue(name, String(each));
    this.#headers.set(name.toLowerCase(), { name, value });
    return this;
  }

  appendHeader(name: string, value: string | readonly string[]): this {
    const present = this.getHeader(name);
    if (present === undefined) return this.setHeader(name, value);
    return this.setHeader(name, [present, value].flat().map(String));
  }

  getHeader(name: string): HeaderValue | undefined {
    return this.#headers.get(name.toLowerCase())?.value;
  }

  getHeaders(): Record<string, HeaderValue> {
    return Object.fromEntries(Array.from(this.#headers, ([name, { value }]) => [name, value]));
  }

  getHeaderNames(): string[] {
    return [...this.#headers.keys()];
  }

  hasHeader(name: string): boolean {
    return this.#headers.has(name.toLowerCase());
  }

  removeHeader(name: string): void {
    this.#headers.delete(name.toLowerCase());
  }

  /** The headers under the names they were set with. */
  rawHeaders(): Record<string, string | readonly string[]> {
    return Object.fromEntries(
      Array.from(this.#headers.values(), ({ name, value }) => [
        name,
        typeof value === "number" ? String(value) : value,
      ]),
    );
  }

  flushHeaders(): void {
    this.headersSent = false; // nothing is sent before the 101 answer
  }

  writeHead(): this {
    return this;
  }

  write(): boolean {
    return true;
  }

  end(): this {
    if (this.writableEnded) return this;
    this.writableEnded = true;
    this.emit("finish");
    this.socket.destroy();
    return this;
  }
}
