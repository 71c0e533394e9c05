import type { EngineMessage, Parser } from "@halyard/contracts";

/** What {@link parserCases} needs to know of a parser. */
export interface ParserHarness {
  readonly parser: Parser;
  /**
   * Writes a packet, which may break every rule, in the parser's own wire format; the kit checks that rule-breakers are
   * refused. @defaultValue the text format of Socket.IO protocol revision 5
   */
  readonly forge?: (packet: ForgedPacket) => readonly EngineMessage[];
  /** Sequences of messages that the wire format itself forbids. @defaultValue those of the text format, unless `forge` is given */
  readonly malformed?: readonly MalformedInput[];
}

/** A packet as the protocol numbers it, with parts that may be wrong. */
export interface ForgedPacket {
  /** 0 connect, 1 disconnect, 2 event, 3 ack, 4 connect_error. */
  readonly type: number | string;
  readonly nsp: string;
  readonly data?: unknown;
  readonly id?: number;
}

/** Messages that a decoder has to refuse, at the latest at the last of them. */
export interface MalformedInput {
  readonly name: string;
  readonly messages: readonly EngineMessage[];
}
