import { IncomingMessage } from "node:http";
import { Socket as NetSocket } from "node:net";
import type { EngineHandshake } from "@halyard/contracts";
import { parseQuery, type Query } from "../request-query.ts";
import { unpack, type HeaderStore } from "./header-store.ts";

/** A handshake request as applications see it, with its query already parsed. */
export interface EngineRequest extends IncomingMessage {
  _query: Query;
}

/** What a session knows of the request that opened it. */
export interface HandshakeRecord {
  readonly handshake: EngineHandshake;
  /** The record with the request itself, which is kept from now on. */
  keep(remoteAddress: string): KeptRequest;
  /** The record to go on with: one that takes less memory, unless somebody has the request in hand and `always` is false. */
  release(store: HeaderStore, always?: boolean): HandshakeRecord;
}

/** A record that has the request itself. */
export class KeptRequest implements HandshakeRecord {
  readonly request: EngineRequest;
  readonly #issuedMs: number;
  #isPinned: boolean;

  /** `isPinned` says that others have had the request in hand and may have left something on it. */
  constructor(request: EngineRequest, issuedMs: number, isPinned: boolean) {
    this.request = request;
    this.#issuedMs = issuedMs;
    this.#isPinned = isPinned;
  }

  get handshake(): EngineHandshake {
    const { url = "", headers, socket } = this.request;
    const secure = "encrypted" in socket && socket.encrypted === true;
    return { url, headers, secure, issuedMs: this.#issuedMs };
  }

  keep(): KeptRequest {
    this.#isPinned = true;
    return this;
  }

  release(store: HeaderStore, always = false): HandshakeRecord {
    return this.#isPinned && !always ? this : new CompactRequest(this.handshake, store);
  }
}

/** A record from which an equal request can be built; what it has in common with other clients' is shared with them. */
class CompactRequest implements HandshakeRecord {
  readonly #shared: string;
  /** Whether it was secure, when it was issued, and what it has of its own. */
  readonly #rest: string;

  constructor(handshake: EngineHandshake, store: HeaderStore) {
    const { shared, own } = store.pack(handshake);
    this.#shared = shared;
    // joined, because a text that was put together otherwise would keep its pieces in memory
    this.#rest = [handshake.secure ? "s" : "-", handshake.issuedMs, own].join(" ");
  }

  get handshake(): EngineHandshake {
    const [secure, issuedMs, ...own] = this.#rest.split(" ");
    const { url, headers } = unpack(this.#shared, own.join(" "));
    return { url, headers, secure: secure === "s", issuedMs: Number(issuedMs) };
  }

  keep(remoteAddress: string): KeptRequest {
    const { handshake } = this;
    return new KeptRequest(createRequest(handshake, remoteAddress), handshake.issuedMs, true);
  }

  release(): HandshakeRecord {
    return this;
  }
}

/** Makes a request of what is known of one; its socket is connected to nothing. */
export function createRequest(
  { url, headers, secure }: Omit<EngineHandshake, "issuedMs">,
  remoteAddress: string,
): EngineRequest {
  const socket = new NetSocket();
  Object.defineProperties(socket, { remoteAddress: { value: remoteAddress }, encrypted: { value: secure } });
  const request = new IncomingMessage(socket);
  request.method = "GET";
  request.httpVersionMajor = ":path" in headers ? 2 : 1;
  request.httpVersionMinor = 2 - request.httpVersionMajor;
  request.httpVersion = `${request.httpVersionMajor}.${request.httpVersionMinor}`;
  request.url = url;
  Object.assign(request.headers, headers);
  return Object.assign(request, { _query: parseQuery(url) });
}
