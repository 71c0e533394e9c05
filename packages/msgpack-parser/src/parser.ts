import type { Decoder, DecoderLimits, Parser, SocketPacket } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import { checkPacket, toRawPacket } from "@halyard/socket.io-parser";
import { pack } from "./pack.ts";
import { unpack, type Bytes } from "./unpack.ts";

const DEFAULT_MAX_PACKET_BYTES = 10_000_000;
const DEFAULT_MAX_DEPTH = 256;

/**
 * Socket.IO packets as MessagePack, one message each, bytes included. Give it to server and client as `parser`; clients
 * and servers that use `socket.io-msgpack-parser` understand it.
 *
 * @example
 * const io = new Server(httpServer, { parser });
 */
export const parser: Parser = {
  name: "msgpack",
  encode: (packet) => [pack(toRawPacket(packet))],
  createDecoder: (limits) => new MsgpackDecoder(limits),
};

/** Decodes packets; none waits for anything, as each is one message. */
export class MsgpackDecoder implements Decoder {
  readonly #limits: DecoderLimits | undefined;
  readonly pending = false;

  constructor(limits: DecoderLimits | undefined) {
    this.#limits = limits;
  }

  write(message: string | Bytes): SocketPacket {
    const { maxPacketBytes = DEFAULT_MAX_PACKET_BYTES, maxDepth = DEFAULT_MAX_DEPTH } = this.#limits ?? {};
    if (typeof message === "string") throw codedError("SOCKET_PARSE", "text where MessagePack was due");
    if (message.byteLength > maxPacketBytes) throw codedError("SOCKET_PARSE", "packet exceeds maxPacketBytes");
    return checkPacket(unpack(message, maxDepth), this.#limits);
  }

  reset(): void {
    // nothing is ever kept
  }
}
