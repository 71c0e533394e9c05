import type { EngineMessage } from "../engine/packet.ts";

/** Event name, then its arguments. */
export type EventData = readonly [event: string | number, ...args: unknown[]];

/** A Socket.IO v5 packet; immutable once built. */
export type SocketPacket =
  | { readonly type: "connect"; readonly namespace: string; readonly data?: Readonly<Record<string, unknown>> }
  | { readonly type: "disconnect"; readonly namespace: string }
  | { readonly type: "event"; readonly namespace: string; readonly data: EventData; readonly id?: number }
  | { readonly type: "ack"; readonly namespace: string; readonly data: readonly unknown[]; readonly id: number }
  | {
      readonly type: "connect_error";
      readonly namespace: string;
      /** A string only from and to clients of protocol revision 4 (Engine.IO 3). */
      readonly data: { readonly message: string; readonly data?: unknown; readonly retryAfterMs?: number } | string;
    };

/** Turns packets into engine messages and back. Stateless; share freely. */
export interface Parser {
  readonly name: string;
  /**
   * Encodes one packet: the first message, then its attachments.
   * @throws `SOCKET_ENCODE` for data that cannot be encoded (circular, deeper than 256, BigInt).
   */
  encode(packet: SocketPacket): readonly EngineMessage[];
  /** One decoder per connection: a packet may span several messages. */
  createDecoder(limits?: DecoderLimits): Decoder;
}

/** All limits are checked before the packet is delivered. */
export interface DecoderLimits {
  /** @defaultValue 10 */
  readonly maxAttachments?: number;
  /** One packet including its attachments, in bytes. @defaultValue 10_000_000 */
  readonly maxPacketBytes?: number;
  /** Nesting of JSON. @defaultValue 256 */
  readonly maxDepth?: number;
  /** Event name included. @defaultValue 256 */
  readonly maxArguments?: number;
  /** In bytes of UTF-8. @defaultValue 255 */
  readonly maxNamespaceLength?: number;
}

/** Makes packets of the messages of one connection. */
export interface Decoder {
  /** Whether a packet waits for attachments. */
  readonly pending: boolean;
  /**
   * Takes one engine message; returns the packet it completes, if any. Bytes come out in the kind they went in, so that
   * clients in browsers get an `ArrayBuffer`.
   * @throws `SOCKET_PARSE` on malformed or oversized input.
   */
  write(message: EngineMessage | ArrayBuffer): SocketPacket | undefined;
  /** Forgets a partly received packet. */
  reset(): void;
}
