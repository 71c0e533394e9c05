import type { EngineHandshake } from "@halyard/contracts";
import { KeptRequest, type EngineRequest, type HandshakeRecord } from "./handshake-record.ts";
import type { HeaderStore } from "./header-store.ts";
import { ObservedEmitter } from "./observed-emitter.ts";
import type { SessionOrigin } from "./session-context.ts";

/** What a session knows of its client, and of the request that opened it. */
export abstract class SessionClient extends ObservedEmitter {
  readonly id: string;
  readonly protocol: 3 | 4;
  readonly remoteAddress: string;
  #record: HandshakeRecord;

  constructor({ id, protocol, remoteAddress, record }: SessionOrigin) {
    super();
    this.id = id;
    this.protocol = protocol;
    this.remoteAddress = remoteAddress;
    this.#record = record;
  }

  /** Where headers are kept that many clients send alike. */
  protected abstract get headerStore(): HeaderStore;

  get request(): EngineRequest {
    const kept = this.#record.keep(this.remoteAddress);
    this.#record = kept;
    return kept.request;
  }

  /** Applications set it to null to save memory; what it said is still known then. */
  set request(request: EngineRequest | null) {
    this.#record =
      request === null
        ? this.#record.release(this.headerStore, true)
        : new KeptRequest(request, this.handshake.issuedMs, true);
  }

  get handshake(): EngineHandshake {
    return this.#record.handshake;
  }

  releaseRequest(): void {
    this.#record = this.#record.release(this.headerStore);
  }
}
