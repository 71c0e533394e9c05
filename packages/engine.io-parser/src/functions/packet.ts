/** A packet's type, by name. */
export type PacketType = "open" | "close" | "ping" | "pong" | "message" | "upgrade" | "noop" | "error";

/** What a packet can carry: text, an `ArrayBuffer`, a view of one (such as `Buffer`), or in browsers a `Blob`. */
export type RawData = unknown;

/** How binary data is handed over. */
export type BinaryType = "nodebuffer" | "arraybuffer" | "blob";

/** An Engine.IO packet as the function API has it. */
export interface Packet {
  type: PacketType;
  options?: { compress: boolean };
  data?: RawData;
}

/** Version of the Engine.IO protocol that the functions speak. */
export const protocol = 4;

/** What the function API returns, rather than throwing, for input outside the grammar. */
export function errorPacket(): Packet {
  return { type: "error", data: "parser error" };
}
