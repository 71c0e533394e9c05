import type { Decoder, DecoderLimits, EngineMessage, Parser, SocketPacket } from "@halyard/contracts";
import { toBytes } from "./attachments.ts";
import { encodeError, parseError } from "./errors.ts";
import { checkPacket } from "./foreign-packet.ts";
import { resolveLimits, type ResolvedLimits } from "./limits.ts";
import { WireType } from "./packet-shape.ts";

/** A parser module of the incumbent's kind: `socket.io-msgpack-parser`, `socket.io-json-parser`, or a user's own. */
export interface ForeignParser {
  readonly Encoder: new () => { encode(packet: object): unknown };
  readonly Decoder: new () => ForeignDecoder;
}

interface ForeignDecoder {
  add(message: unknown): void;
  on(event: "decoded", listener: (packet: unknown) => void): unknown;
  destroy?(): void;
}

/** Tells whether a module exports the two classes by which the incumbent knows a parser. */
export function isForeignParser(value: object): value is ForeignParser {
  return (
    "Encoder" in value &&
    typeof value.Encoder === "function" &&
    "Decoder" in value &&
    typeof value.Decoder === "function"
  );
}

/** Makes a {@link Parser} of such a module. What its decoder yields is checked like any other input. */
export function bridgeParser({ Encoder, Decoder }: ForeignParser): Parser {
  const encoder = new Encoder();
  return {
    name: "custom",
    encode: (packet) => encodeForeign(encoder, packet),
    createDecoder: (limits?: DecoderLimits) => new BridgedDecoder(Decoder, resolveLimits(limits)),
  };
}

function encodeForeign(encoder: InstanceType<ForeignParser["Encoder"]>, packet: SocketPacket): readonly EngineMessage[] {
  let messages: unknown;
  try {
    messages = encoder.encode(toForeignPacket(packet));
  } catch (error) {
    throw encodeError("the custom parser cannot encode the packet", error);
  }
  if (!Array.isArray(messages)) throw encodeError("the custom parser's encode() must return an array");
  return messages.map(toMessage);
}

/** The packet as the incumbent's encoders take it: types are numbers, and members come in the order of its servers. */
export function toForeignPacket(packet: SocketPacket): object {
  const { namespace: nsp } = packet;
  switch (packet.type) {
    case "connect":
      return packet.data === undefined ? { type: WireType.CONNECT, nsp } : { type: WireType.CONNECT, data: packet.data, nsp };
    case "disconnect":
      return { type: WireType.DISCONNECT, nsp };
    case "event":
      return packet.id === undefined
        ? { type: WireType.EVENT, data: packet.data, nsp }
        : { type: WireType.EVENT, data: packet.data, id: packet.id, nsp };
    case "ack":
      return { id: packet.id, type: WireType.ACK, data: packet.data, nsp };
    case "connect_error":
      return { type: WireType.CONNECT_ERROR, data: packet.data, nsp };
  }
}

function toMessage(message: unknown): EngineMessage {
  if (typeof message === "string") return message;
  const bytes = typeof message === "object" && message !== null ? toBytes(message) : undefined;
  if (bytes === undefined) throw encodeError("the custom parser's encode() must return strings and bytes");
  return bytes;
}

class BridgedDecoder implements Decoder {
  readonly #limits: ResolvedLimits;
  readonly #create: () => ForeignDecoder;
  #decoder: ForeignDecoder;
  #decoded: unknown[] = [];
  /** Since the last whole packet. */
  #messages = 0;
  #bytes = 0;

  constructor(Decoder: ForeignParser["Decoder"], limits: ResolvedLimits) {
    this.#limits = limits;
    this.#create = () => {
      const decoder = new Decoder();
      decoder.on("decoded", (packet) => this.#decoded.push(packet));
      return decoder;
    };
    this.#decoder = this.#create();
  }

  get pending(): boolean {
    return this.#messages > 0;
  }

  write(message: EngineMessage): SocketPacket | undefined {
    this.#bytes += typeof message === "string" ? message.length : message.byteLength;
    if (this.#bytes > this.#limits.maxPacketBytes) throw this.#refuse("packet larger than maxPacketBytes");
    if (this.#messages++ > this.#limits.maxAttachments) throw this.#refuse("more attachments than maxAttachments");
    try {
      this.#decoder.add(message);
    } catch (error) {
      throw this.#refuse("the custom parser cannot decode the message", error);
    }
    const decoded = this.#decoded;
    if (decoded.length === 0) return undefined;
    this.#decoded = [];
    this.#messages = this.#bytes = 0;
    if (decoded.length > 1) throw parseError("the custom parser decoded several packets from one message");
    return checkPacket(decoded[0], this.#limits);
  }

  reset(): void {
    if (this.#messages === 0) return;
    this.#decoder.destroy?.();
    this.#decoder = this.#create();
    this.#decoded = [];
    this.#messages = this.#bytes = 0;
  }

  #refuse(message: string, cause?: unknown): Error {
    this.reset();
    return parseError(message, cause);
  }
}
