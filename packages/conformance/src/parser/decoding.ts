import type { DecoderLimits, EngineMessage, Parser, SocketPacket } from "@halyard/contracts";
import { check, checkEqual, checkRefused, show } from "../check.ts";

/** Decodes the messages of one packet with a fresh decoder. Fails unless the last of them completes it, and only that. */
export function decode(parser: Parser, messages: readonly EngineMessage[], limits?: DecoderLimits): SocketPacket {
  const decoder = parser.createDecoder(limits);
  for (const message of messages.slice(0, -1)) {
    checkEqual(decoder.write(message), undefined, `the packet before the end, at ${show(message)}`);
    check(decoder.pending, "the decoder is not pending while attachments are missing");
  }
  const last = messages.at(-1);
  check(last !== undefined, "the packet was encoded as no message at all");
  const packet = decoder.write(last);
  check(packet !== undefined, `no packet after its last message ${show(last)}`);
  check(!decoder.pending, "the decoder is pending although the packet is complete");
  return packet;
}

/** Fails unless a decoder refuses the messages before it delivers any packet, and works again once it is reset. */
export function checkMalformed(parser: Parser, messages: readonly EngineMessage[], limits?: DecoderLimits): void {
  const decoder = parser.createDecoder(limits);
  const feed = (): unknown => {
    for (const message of messages) {
      const packet = decoder.write(message);
      if (packet !== undefined) return packet;
    }
    return "no packet, but no error either";
  };
  checkRefused(feed, "SOCKET_PARSE", show(messages));
  decoder.reset();
  check(!decoder.pending, "the decoder is pending after its reset");
  const packet: SocketPacket = { type: "event", namespace: "/", data: ["after"] };
  const [first] = parser.encode(packet);
  check(first !== undefined, "the packet was encoded as no message at all");
  checkEqual(decoder.write(first), packet, "the packet after the reset");
}
