/** Payload of a message packet. Blobs become bytes at the client's edge. */
export type EngineMessage = string | Uint8Array;

/** An Engine.IO packet that carries no application data. */
export type EngineControlPacket =
  | { readonly type: "open"; readonly data: string }
  | { readonly type: "ping" | "pong"; readonly data?: string }
  | { readonly type: "close" | "upgrade" | "noop" };

/** An Engine.IO packet that carries one application message. */
export interface EngineMessagePacket {
  readonly type: "message";
  readonly data: EngineMessage;
}

/** An Engine.IO packet (protocol revisions 3 and 4). */
export type EnginePacket = EngineControlPacket | EngineMessagePacket;
