import type { EngineMessage, EnginePacket } from "./packet.ts";

/** The synchronous Engine.IO wire format. Decoders throw an error with code `ENGINE_PARSE`. */
export interface EngineCodec {
  /** Engine.IO protocol revision. */
  readonly protocol: 3 | 4;
  /** Encodes one packet as one WebSocket frame's payload; as text even if the message is binary when `supportsBinary` is false. */
  encodePacket(packet: EnginePacket, supportsBinary?: boolean): EngineMessage;
  /** Decodes one WebSocket frame's payload. */
  decodePacket(frame: EngineMessage): EnginePacket;
  /**
   * Encodes one HTTP long-polling body. Revision 4 always answers text; revision 3 answers bytes if a message is binary,
   * unless `supportsBinary` is false.
   */
  encodePayload(packets: readonly EnginePacket[], supportsBinary?: boolean): EngineMessage;
  /** Decodes one HTTP long-polling body. */
  decodePayload(body: EngineMessage): EnginePacket[];
}
