import type { Decoder, DecoderLimits, Parser } from "@halyard/contracts";

/**
 * Lends decoders to connections. A decoder has state only while a packet waits for attachments, so all connections share
 * one until then; a connection with such a packet keeps it to itself until the packet is complete.
 */
export class DecoderPool {
  readonly #parser: Parser;
  readonly #limits: DecoderLimits;
  #shared: Decoder;

  constructor(parser: Parser, limits: DecoderLimits) {
    this.#parser = parser;
    this.#limits = limits;
    this.#shared = parser.createDecoder(limits);
  }

  /** The decoder for a connection that keeps none. */
  get shared(): Decoder {
    return this.#shared;
  }

  /** Leaves the shared decoder to a connection; the next one gets another. */
  keep(): Decoder {
    const kept = this.#shared;
    this.#shared = this.#parser.createDecoder(this.#limits);
    return kept;
  }
}
