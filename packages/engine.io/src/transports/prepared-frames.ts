import type { EngineMessage, PreparedMessage } from "@halyard/contracts";
import type { QueuedPacket } from "./server-transport.ts";
import { streamMessageFrame } from "./webtransport-frame.ts";
import { asciiMessageFrame, binaryMessageFrame, messageFrameBytes, utf8MessageFrame } from "./websocket-frame.ts";

/** Messages up to this size are framed as latin1 strings, which merge by concatenation; larger ones as bytes. */
const MAX_TEXT_FRAME_BYTES = 4_096;

/** The WebSocket frames of one broadcast, built when the first recipient needs them and shared by all. */
export interface SharedFrames {
  readonly byteLength: number;
  readonly bytes: Uint8Array;
  /** The same bytes as a latin1 string, when they are few. */
  readonly text: string | undefined;
}

/** A broadcast's encodings, each built at most once. */
export class PreparedFrames implements PreparedMessage {
  readonly messages: readonly EngineMessage[];
  #v4: SharedFrames | undefined;
  #v3: SharedFrames | undefined;
  #stream: Uint8Array | undefined;
  #queued: readonly QueuedPacket[] | undefined;

  constructor(messages: readonly EngineMessage[]) {
    this.messages = messages;
  }

  /** All messages as complete WebSocket frames, in order. */
  frames(protocol: 3 | 4): SharedFrames {
    if (protocol === 3) return (this.#v3 ??= buildFrames(this.messages, 3));
    return (this.#v4 ??= buildFrames(this.messages, 4));
  }

  /** All messages as frames of a WebTransport stream, in order. */
  streamFrames(): Uint8Array {
    return (this.#stream ??= Buffer.concat(this.messages.map((message) => streamMessageFrame(message))));
  }

  /** The messages for the queues of sessions that cannot send them yet; all sessions' queues hold the same objects. */
  queued(compress: boolean): readonly QueuedPacket[] {
    if (!compress) return toQueued(this.messages, false);
    return (this.#queued ??= toQueued(this.messages, true));
  }
}

function toQueued(messages: readonly EngineMessage[], compress: boolean): readonly QueuedPacket[] {
  return messages.map((data) => ({ packet: { type: "message", data }, compress }));
}

/** Frames one message as a latin1 string, or returns nothing when it is too large for that to pay. */
export function textFrameOf(message: EngineMessage, protocol: 3 | 4): string | undefined {
  if (typeof message !== "string") {
    return message.byteLength <= MAX_TEXT_FRAME_BYTES ? binaryMessageFrame(message, protocol) : undefined;
  }
  if (message.length > MAX_TEXT_FRAME_BYTES) return undefined;
  return Buffer.byteLength(message) === message.length ? asciiMessageFrame(message) : utf8MessageFrame(message);
}

function buildFrames(messages: readonly EngineMessage[], protocol: 3 | 4): SharedFrames {
  let text: string | undefined = "";
  for (const message of messages) {
    const frame = textFrameOf(message, protocol);
    text = frame === undefined || text === undefined ? undefined : text + frame;
  }
  if (text !== undefined && text.length <= MAX_TEXT_FRAME_BYTES) {
    const bytes = Buffer.from(text, "latin1");
    return { byteLength: bytes.byteLength, bytes, text };
  }
  const bytes = Buffer.concat(messages.map((message) => messageFrameBytes(message, protocol)));
  return { byteLength: bytes.byteLength, bytes, text: undefined };
}
