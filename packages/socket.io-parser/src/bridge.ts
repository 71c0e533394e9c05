import type { Decoder, EngineMessage, Parser, SocketPacket } from "@halyard/contracts";
import { hasCode, toBytes, utf8Length } from "@halyard/core";
import { encodeError, limitError, parseError } from "./errors.ts";
import { resolveLimits, type ResolvedLimits } from "./limits.ts";
import { checkDepth } from "./nesting.ts";
import { checkPacket, toRawPacket } from "./raw-packet.ts";

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

/** Makes a {@link Parser} of such a module. What its decoder yields is checked like any other input. */
export function bridgeParser({ Encoder, Decoder }: ForeignParser): Parser {
  const encoder = new Encoder();
  return {
    name: "custom",
    encode(packet) {
      try {
        return [encoder.encode(toRawPacket(packet))].flat().map(toMessage);
      } catch (error) {
        throw encodeError("parser failed", error);
      }
    },
    createDecoder: (limits) => new BridgedDecoder(Decoder, resolveLimits(limits)),
  };
}

function toMessage(message: unknown): EngineMessage {
  if (typeof message === "string") return message;
  const bytes = toBytes(message);
  if (bytes === undefined) throw new TypeError();
  return bytes;
}

class BridgedDecoder implements Decoder {
  readonly #limits: ResolvedLimits;
  readonly #decoder: ForeignDecoder;
  #decoded: unknown[] = [];
  /** Taken since the last whole packet. */
  #messages = 0;
  #bytes = 0;

  constructor(Decoder: ForeignParser["Decoder"], limits: ResolvedLimits) {
    this.#limits = limits;
    this.#decoder = new Decoder();
    this.#decoder.on("decoded", (packet) => this.#decoded.push(packet));
  }

  get pending(): boolean {
    return this.#messages > 0;
  }

  write(message: EngineMessage): SocketPacket | undefined {
    try {
      return this.#write(message);
    } catch (error) {
      this.reset();
      throw hasCode(error, "SOCKET_PARSE") ? error : parseError("parser failed", error);
    }
  }

  reset(): void {
    this.#decoder.destroy?.();
    this.#settle();
  }

  #write(message: EngineMessage): SocketPacket | undefined {
    const { maxAttachments, maxDepth, maxPacketBytes } = this.#limits;
    this.#bytes += typeof message === "string" ? utf8Length(message) : message.byteLength;
    if (this.#bytes > maxPacketBytes) throw limitError("maxPacketBytes");
    if (this.#messages++ > maxAttachments) throw limitError("maxAttachments");
    this.#decoder.add(message);
    const { length, 0: decoded } = this.#decoded;
    if (length === 0) return undefined;
    if (length > 1) throw parseError("several packets in a message");
    this.#settle();
    // the packet around the data is no level of its own
    checkDepth(decoded, maxDepth + 1);
    return checkPacket(decoded, this.#limits);
  }

  #settle(): void {
    this.#messages = this.#bytes = 0;
    this.#decoded = [];
  }
}
