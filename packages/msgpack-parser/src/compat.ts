import { Emitter } from "@halyard/core";
import { codedError } from "@halyard/core";
import { toRawPacket, type RawPacket } from "@halyard/socket.io-parser";
import { pack } from "./pack.ts";
import { MsgpackDecoder } from "./parser.ts";

/** Revision of the Socket.IO protocol. */
export const protocol: number = 5;

/** Names the types of packets by number; those with attachments have no use here. */
export const PacketType: {
  readonly CONNECT: 0;
  readonly DISCONNECT: 1;
  readonly EVENT: 2;
  readonly ACK: 3;
  readonly CONNECT_ERROR: 4;
} = { CONNECT: 0, DISCONNECT: 1, EVENT: 2, ACK: 3, CONNECT_ERROR: 4 };

/**
 * The encoder of `socket.io-msgpack-parser`, for code that was written for it. Prefer `parser.encode()`.
 *
 * @example
 * new Encoder().encode({ type: PacketType.EVENT, nsp: "/", data: ["hello"] });
 */
export class Encoder {
  /**
   * Encodes a packet with all of its members, in their order.
   * @throws `SOCKET_ENCODE`
   */
  encode(packet: object): Uint8Array[] {
    return [pack(packet)];
  }
}

/**
 * The decoder of `socket.io-msgpack-parser`, for code that was written for it. Prefer `parser.createDecoder()`.
 *
 * @example
 * const decoder = new Decoder();
 * decoder.on("decoded", (packet) => console.log(packet.data));
 */
export class Decoder extends Emitter<{ decoded: (packet: RawPacket) => void }> {
  readonly #decoder = new MsgpackDecoder(undefined);

  /**
   * Takes one message and emits its packet as `decoded`.
   * @throws `SOCKET_PARSE`
   */
  add(message: unknown): void {
    if (!(message instanceof Uint8Array) && !(message instanceof ArrayBuffer))
      throw codedError("SOCKET_PARSE", "message is not binary");
    this.emit("decoded", toRawPacket(this.#decoder.write(message)));
  }

  /** Does nothing, as nothing is kept. */
  destroy(): void {}
}
