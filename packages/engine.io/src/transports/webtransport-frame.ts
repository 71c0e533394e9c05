import type { EngineMessage } from "@halyard/contracts";
import { encodeFrameHeader } from "@halyard/engine.io-parser";

/** The packet type of a message, which precedes its text. */
const MESSAGE_TYPE = "4";

/** Binary data in base64, which follows. */
const BASE64 = "b";

/** Frames a message for a WebTransport stream. The payload is copied, so its owner may reuse it at once. */
export function streamMessageFrame(message: EngineMessage): Buffer {
  if (typeof message === "string") return streamTextFrame(MESSAGE_TYPE, message);
  if (message.byteLength === 0) return streamTextFrame(BASE64, ""); // stock clients take a frame of length 0 for an error
  const header = encodeFrameHeader(true, message.byteLength);
  const frame = Buffer.allocUnsafe(header.byteLength + message.byteLength);
  frame.set(header);
  frame.set(message, header.byteLength);
  return frame;
}

/** Frames a packet that is already encoded as text. */
export function streamPacketFrame(encoded: string): Buffer {
  return streamTextFrame("", encoded);
}

function streamTextFrame(type: string, text: string): Buffer {
  const length = type.length + Buffer.byteLength(text);
  const header = encodeFrameHeader(false, length);
  const frame = Buffer.allocUnsafe(header.byteLength + length);
  frame.set(header);
  frame.write(type, header.byteLength, "latin1");
  frame.write(text, header.byteLength + type.length, "utf8");
  return frame;
}
