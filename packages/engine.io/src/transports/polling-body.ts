import { isUtf8 } from "node:buffer";
import type { EngineCodec, EnginePacket } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import { readPayloadV3 } from "@halyard/engine.io-parser/v3";
import { JsonpCodec } from "./jsonp-codec.ts";

/** Between two packets of a revision 4 payload. */
const SEPARATOR = "\x1e";
/** A long payload is decoded in pieces of about this size, so that it does not hold the event loop up. */
const PIECE_CHARS = 16_384;

/** The packets of a body, decoded as they are asked for. */
export interface PayloadReader {
  /**
   * The packet that `next` moves past, or nothing at the end.
   * @throws `ENGINE_PARSE` when what follows is malformed
   */
  peek(): EnginePacket | undefined;
  next(): void;
}

/**
 * Opens the body of a POST.
 * @throws `ENGINE_PARSE` when it is not text, as far as it has to be
 */
export function decodeBody(body: Uint8Array, codec: EngineCodec, isBinary: boolean): PayloadReader {
  const isForm = codec instanceof JsonpCodec;
  if (isBinary && !isForm) return new StepReader(readPayloadV3(body));
  if (!isUtf8(body)) throw codedError("ENGINE_PARSE", "the body is not valid UTF-8");
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
  return isForm ? decodeText(codec.unwrap(text), codec.payloads) : decodeText(text, codec);
}

function decodeText(text: string, codec: EngineCodec): PayloadReader {
  if (text.length <= PIECE_CHARS) return new PacketReader(codec.decodePayload(text));
  return codec.protocol === 3 ? new StepReader(readPayloadV3(text)) : new PieceReader(text, codec);
}

class PacketReader implements PayloadReader {
  readonly #packets: readonly EnginePacket[];
  #index = 0;

  constructor(packets: readonly EnginePacket[]) {
    this.#packets = packets;
  }

  peek(): EnginePacket | undefined {
    return this.#packets[this.#index];
  }

  next(): void {
    this.#index++;
  }
}

class PieceReader implements PayloadReader {
  readonly #text: string;
  readonly #codec: EngineCodec;
  #start = 0;
  #piece: PayloadReader | undefined;

  constructor(text: string, codec: EngineCodec) {
    this.#text = text;
    this.#codec = codec;
  }

  peek(): EnginePacket | undefined {
    const packet = this.#piece?.peek();
    if (packet !== undefined || this.#start > this.#text.length) return packet;
    const separator = this.#text.indexOf(SEPARATOR, this.#start + PIECE_CHARS);
    const end = separator < 0 ? this.#text.length : separator;
    this.#piece = new PacketReader(this.#codec.decodePayload(this.#text.slice(this.#start, end)));
    this.#start = end + 1;
    return this.#piece.peek();
  }

  next(): void {
    this.#piece?.next();
  }
}

/** Decodes packet by packet. */
class StepReader implements PayloadReader {
  readonly #packets: Iterator<EnginePacket, void, undefined>;
  #current: IteratorResult<EnginePacket, void> | undefined;

  constructor(packets: Iterator<EnginePacket, void, undefined>) {
    this.#packets = packets;
  }

  peek(): EnginePacket | undefined {
    this.#current ??= this.#packets.next();
    return this.#current.value ?? undefined;
  }

  next(): void {
    this.#current = undefined;
  }
}
