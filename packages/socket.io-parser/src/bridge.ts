import type { EngineMessage, Parser } from "@halyard/contracts";
import { toBytes } from "@halyard/core";
import { encodeError, parseError } from "./errors.ts";
import { fromRawPacket, toRawPacket } from "./raw-packet.ts";

/** A parser module of the incumbent's kind: `socket.io-msgpack-parser`, `socket.io-json-parser`, or a user's own. */
export interface ForeignParser {
  readonly Encoder: new () => { encode(packet: object): Iterable<unknown> };
  readonly Decoder: new () => ForeignDecoder;
}

interface ForeignDecoder {
  add(message: unknown): void;
  on(event: "decoded", listener: (packet: unknown) => void): unknown;
  destroy?(): void;
}

/** Makes a {@link Parser} of such a module. What its decoder yields is checked like any other input, but not measured. */
export function bridgeParser({ Encoder, Decoder }: ForeignParser): Parser {
  const encoder = new Encoder();
  return {
    name: "custom",
    encode(packet) {
      try {
        return Array.from(encoder.encode(toRawPacket(packet)), toMessage);
      } catch (error) {
        throw encodeError(error);
      }
    },
    createDecoder() {
      const decoder = new Decoder();
      let packets: unknown[] = [];
      let pending = false;
      decoder.on("decoded", (packet) => packets.push(packet));
      return {
        get pending() {
          return pending;
        },
        write(message) {
          packets = [];
          try {
            decoder.add(message);
          } catch (error) {
            this.reset();
            throw parseError("parser failed", error);
          }
          pending = packets.length === 0;
          // a second packet in a message would be no packet, as nothing is kept of it
          return pending ? undefined : fromRawPacket(packets.length > 1 ? packets : packets[0]);
        },
        reset() {
          pending = false;
          decoder.destroy?.();
        },
      };
    },
  };
}

function toMessage(message: unknown): EngineMessage {
  const found = typeof message === "string" ? message : toBytes(message);
  if (found === undefined) throw new TypeError();
  return found;
}
