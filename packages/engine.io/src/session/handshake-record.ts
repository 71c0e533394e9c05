import { IncomingMessage } from "node:http";
import { Socket as NetSocket } from "node:net";
import type { EngineHandshake } from "@halyard/contracts";
import { parseQuery, type Query } from "../request-query.ts";

/** A handshake request as applications see it, with its query already parsed. */
export interface EngineRequest extends IncomingMessage {
  _query: Query;
}

/** What is kept of a request once the request itself is let go. */
interface CompactRequest {
  readonly url: string;
  /** As JSON: one string takes a fraction of an object's memory. */
  readonly headersJson: string;
}

/**
 * The request that opened a session. The request object is large, so it is replaced by a compact copy unless somebody has
 * read it.
 */
export class HandshakeRecord {
  readonly secure: boolean;
  readonly issuedMs: number;
  readonly #remoteAddress: string;
  #request: EngineRequest | undefined;
  #compact: CompactRequest | undefined;
  #isPinned: boolean;

  /** `isPinned` keeps the request: others have had it in their hands and may have changed it. */
  constructor(request: EngineRequest, remoteAddress: string, issuedMs: number, isPinned: boolean) {
    this.#request = request;
    this.#remoteAddress = remoteAddress;
    this.issuedMs = issuedMs;
    this.#isPinned = isPinned;
    this.secure = "encrypted" in request.socket && request.socket.encrypted === true;
  }

  /** The request; rebuilt from the compact copy when it was let go before. Reading it keeps it. */
  get request(): EngineRequest {
    this.#isPinned = true;
    this.#request ??= rebuild(this.#compacted, this.#remoteAddress);
    return this.#request;
  }

  get handshake(): EngineHandshake {
    const { secure, issuedMs } = this;
    const request = this.#request;
    if (request !== undefined) return { url: request.url ?? "", headers: request.headers, secure, issuedMs };
    const { url, headersJson } = this.#compacted;
    return { url, headers: parseHeaders(headersJson), secure, issuedMs };
  }

  release(): void {
    if (this.#isPinned || this.#request === undefined) return;
    const { url = "", headers } = this.#request;
    this.#compact = { url, headersJson: JSON.stringify(headers) };
    this.#request = undefined;
  }

  get #compacted(): CompactRequest {
    return this.#compact ?? { url: "", headersJson: "{}" };
  }
}

function rebuild(compact: CompactRequest, remoteAddress: string): EngineRequest {
  const socket = new NetSocket();
  Object.defineProperty(socket, "remoteAddress", { value: remoteAddress });
  const request = new IncomingMessage(socket);
  request.method = "GET";
  request.url = compact.url;
  Object.assign(request.headers, parseHeaders(compact.headersJson));
  return Object.assign(request, { _query: parseQuery(compact.url) });
}

function parseHeaders(json: string): Record<string, string | string[] | undefined> {
  const headers: Record<string, string | string[] | undefined> = JSON.parse(json);
  return headers;
}
