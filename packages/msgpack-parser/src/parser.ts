import type { Decoder, DecoderLimits, Parser, SocketPacket } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import { checkPacket, resolveLimits, toRawPacket, type ResolvedLimits } from "@halyard/socket.io-parser";
import { pack } from "./pack.ts";
import { unpack, type Bytes } from "./unpack.ts";

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
  readonly #limits: ResolvedLimits;
  readonly pending = false;

  constructor(limits: DecoderLimits | undefined) {
    this.#limits = resolveLimits(limits);
  }

  write(message: string | Bytes): SocketPacket {
    const { maxPacketBytes, maxDepth } = this.#limits;
    if (typeof message === "string") throw codedError("SOCKET_PARSE", "text where MessagePack was due");
    if (message.byteLength > maxPacketBytes) throw codedError("SOCKET_PARSE", "packet exceeds maxPacketBytes");
    return checkPacket(unpack(message, maxDepth), this.#limits);
  }

  reset(): void {
    // nothing is ever kept
  }
}
