import type { EngineCodec, EngineMessage, EnginePacket } from "@halyard/contracts";
import { checkEqual } from "../check.ts";

/** A check of the exact wire format, for codecs of one protocol revision. */
interface WireVector {
  readonly name: string;
  readonly run: (codec: EngineCodec) => void;
}

/** What is on the wire, to the byte. */
export function wireVectors(protocol: 3 | 4): WireVector[] {
  const shared = [
    frame("open", { type: "open", data: "{}" }, "0{}"),
    frame("close", { type: "close" }, "1"),
    frame("ping", { type: "ping" }, "2"),
    frame("probe", { type: "ping", data: "probe" }, "2probe"),
    frame("pong", { type: "pong" }, "3"),
    frame("text", { type: "message", data: "hello" }, "4hello"),
    frame("upgrade", { type: "upgrade" }, "5"),
    frame("noop", { type: "noop" }, "6"),
  ];
  return [...shared, ...(protocol === 4 ? revision4() : revision3())];
}

const TEXT: EnginePacket = { type: "message", data: "€" };
const BYTES: EnginePacket = { type: "message", data: Uint8Array.of(1, 2, 3, 4) };

/** https://socket.io/docs/v4/engine-io-protocol/ */
function revision4(): WireVector[] {
  return [
    frame("binary", BYTES, Uint8Array.of(1, 2, 3, 4)),
    payload("packets are joined by U+001E", [{ type: "ping" }, TEXT], "2\x1e4€"),
    payload("binary is base64 with the prefix b", [TEXT, BYTES], "4€\x1ebAQIDBA=="),
    payload("empty binary", [{ type: "message", data: new Uint8Array(0) }], "b"),
  ];
}

/** https://github.com/socketio/engine.io-protocol/tree/v3 */
function revision3(): WireVector[] {
  return [
    frame("binary", BYTES, Uint8Array.of(4, 1, 2, 3, 4)),
    payload("text is counted in UTF-16 code units", [{ type: "message", data: "\u{1f600}" }, TEXT], "3:4\u{1f600}2:4€"),
    payload("binary is base64 with the prefix b4", [TEXT, BYTES], "2:4€10:b4AQIDBA==", false),
    payload(
      "a binary payload counts bytes",
      [TEXT, BYTES, { type: "message", data: "123456789" }],
      hex("00 04 ff 34 e2 82 ac", "01 05 ff 04 01 02 03 04", "00 01 00 ff 34 31 32 33 34 35 36 37 38 39"),
    ),
    payload("no packets at all", [], "0:"),
  ];
}

function frame(name: string, packet: EnginePacket, wire: EngineMessage): WireVector {
  return {
    name,
    run(codec) {
      checkEqual(codec.encodePacket(packet), wire, "the encoded frame");
      checkEqual(codec.decodePacket(wire), packet, "the decoded packet");
    },
  };
}

function payload(
  name: string,
  packets: readonly EnginePacket[],
  wire: EngineMessage,
  supportsBinary?: boolean,
): WireVector {
  return {
    name,
    run(codec) {
      checkEqual(codec.encodePayload(packets, supportsBinary), wire, "the encoded payload");
      checkEqual(codec.decodePayload(wire), packets, "the decoded packets");
    },
  };
}

function hex(...parts: readonly string[]): Uint8Array {
  return Uint8Array.from(parts.join(" ").split(" "), (byte) => Number.parseInt(byte, 16));
}
