import type { Decoder, SocketPacket } from "@halyard/contracts";
import { utf8Length } from "@halyard/core";
import type { Bytes } from "./binary-data.ts";
import { limitError } from "./errors.ts";
import type { ResolvedLimits } from "./limits.ts";
import { checkDepth } from "./nesting.ts";
import { checkSizes } from "./packet-sizes.ts";
import { byteLengthExceeds } from "./utf8.ts";

/** Holds another decoder to limits: messages before it sees them, packets before they are delivered. */
export class LimitedDecoder implements Decoder {
  readonly #decoder: Decoder;
  readonly #limits: ResolvedLimits;
  readonly #measures: boolean;
  /** What has been taken of the packet that is pending. */
  #messages = 0;
  #bytes = 0;

  /** With `measures`, packets are measured for their depth, too: for decoders that do not look at it themselves. */
  constructor(decoder: Decoder, limits: ResolvedLimits, measures: boolean) {
    this.#decoder = decoder;
    this.#limits = limits;
    this.#measures = measures;
  }

  get pending(): boolean {
    return this.#decoder.pending;
  }

  write(message: string | Bytes): SocketPacket | undefined {
    const { maxPacketBytes, maxAttachments } = this.#limits;
    if (this.#messages > 0 && !this.#decoder.pending) this.#messages = this.#bytes = 0;
    if (exceeds(message, maxPacketBytes - this.#bytes)) throw this.#refusal("maxPacketBytes");
    if (this.#messages > maxAttachments) throw this.#refusal("maxAttachments");
    const packet = this.#decoder.write(message);
    if (packet === undefined) {
      this.#messages++;
      this.#bytes += typeof message === "string" ? utf8Length(message) : message.byteLength;
      return undefined;
    }
    checkSizes(packet, this.#limits);
    if (this.#measures && "data" in packet) checkDepth(packet.data, this.#limits.maxDepth);
    return packet;
  }

  reset(): void {
    this.#decoder.reset();
  }

  #refusal(limit: keyof ResolvedLimits): Error {
    this.reset();
    return limitError(limit);
  }
}

function exceeds(message: string | Bytes, maxBytes: number): boolean {
  return typeof message === "string" ? byteLengthExceeds(message, maxBytes) : message.byteLength > maxBytes;
}
