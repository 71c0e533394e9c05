import type { Packet } from "./packet.ts";

/** Stands between the packets of a payload. */
const SEPARATOR = "\x1e";

/** Encodes packets to one text with an encoder that may answer later; calls back once all are there. */
export function joinPackets(
  packets: readonly Packet[],
  encode: (packet: Packet, callback: (encoded: string) => void) => void,
  callback: (payload: string) => void,
): void {
  const encoded: string[] = Array.from({ length: packets.length }, () => "");
  let missing = encoded.length;
  if (missing === 0) callback("");
  // encoding may lead to more packets in the array: they belong to the next payload
  for (const [index, packet] of packets.slice().entries()) {
    encode(packet, (text) => {
      encoded[index] = text;
      if (--missing === 0) callback(encoded.join(SEPARATOR));
    });
  }
}

/** Decodes the packets of a text up to the first error, which is the last packet then. */
export function splitPackets(payload: string, decode: (text: string) => Packet): Packet[] {
  const packets: Packet[] = [];
  for (const text of payload.split(SEPARATOR)) {
    const packet = decode(text);
    packets.push(packet);
    if (packet.type === "error") break;
  }
  return packets;
}
