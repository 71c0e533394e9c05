import type { EngineMessage, Parser, SocketPacket } from "@halyard/contracts";
import { check, checkEqual, checkRefused, show } from "../check.ts";
import type { ConformanceCase } from "../conformance-case.ts";
import { checkMalformed } from "./decoding.ts";
import type { ParserHarness } from "./parser-harness.ts";

/** Cases about packets that span several messages; none for parsers that put binary data inside the first. */
export function attachmentCases({ parser }: ParserHarness): ConformanceCase[] {
  const [first, ...attachments] = parser.encode(packetWithBytes(2));
  if (first === undefined || attachments.length === 0) return [];
  return [
    {
      name: "attachments: follow the packet in the order of their appearance",
      run() {
        checkEqual(attachments, [Uint8Array.of(0), Uint8Array.of(1)], "the messages after the first");
      },
    },
    {
      name: "attachments: hold the packet back until all are there",
      run() {
        const decoder = parser.createDecoder();
        for (const message of [first, ...attachments.slice(0, -1)]) {
          checkEqual(decoder.write(message), undefined, "the packet before its last attachment");
          check(decoder.pending, "the decoder is not pending while attachments are missing");
        }
        checkEqual(decoder.write(attachments.at(-1) ?? ""), packetWithBytes(2), "the packet");
        check(!decoder.pending, "the decoder is pending although the packet is complete");
      },
    },
    {
      name: "attachments: another packet among them is refused",
      run: () => checkMalformed(parser, [first, ...attachments.slice(0, 1), plainPacket(parser)]),
    },
    {
      name: "attachments: one more than announced is refused",
      run() {
        const decoder = parser.createDecoder();
        for (const message of [first, ...attachments]) decoder.write(message);
        checkRefused(() => decoder.write(Uint8Array.of(2)), "SOCKET_PARSE", "one more attachment");
      },
    },
    {
      name: "attachments: are refused without a packet",
      run: () => checkMalformed(parser, [Uint8Array.of(1, 2, 3)]),
    },
    {
      name: "attachments: reset forgets a packet that waits for them",
      run() {
        const decoder = parser.createDecoder();
        decoder.write(first);
        decoder.reset();
        check(!decoder.pending, "the decoder is pending after its reset");
        checkRefused(() => decoder.write(Uint8Array.of(0)), "SOCKET_PARSE", "an attachment after the reset");
      },
    },
    {
      name: "attachments: as many as the limit allows survive",
      run() {
        const decoder = parser.createDecoder();
        const found = parser.encode(packetWithBytes(10)).map((message) => decoder.write(message));
        checkEqual(found.at(-1), packetWithBytes(10), "the packet");
      },
    },
    {
      name: "attachments: more than the limit allows are refused, at the announcement",
      run() {
        const [announcement] = parser.encode(packetWithBytes(11));
        check(announcement !== undefined, "the packet was encoded as no message at all");
        checkRefused(() => parser.createDecoder().write(announcement), "SOCKET_PARSE", show(announcement));
        checkRefused(() => parser.createDecoder({ maxAttachments: 1 }).write(first), "SOCKET_PARSE", show(first));
      },
    },
    {
      name: "attachments: count towards the size of the packet",
      run() {
        const packet: SocketPacket = {
          type: "event",
          namespace: "/",
          data: ["a", new Uint8Array(600), new Uint8Array(600)],
        };
        checkMalformed(parser, parser.encode(packet), { maxPacketBytes: 1_000 });
      },
    },
  ];
}

function packetWithBytes(count: number): SocketPacket {
  return {
    type: "event",
    namespace: "/",
    data: ["a", ...Array.from({ length: count }, (_, index) => Uint8Array.of(index))],
  };
}

function plainPacket(parser: Parser): EngineMessage {
  const [message] = parser.encode({ type: "event", namespace: "/", data: ["between"] });
  check(message !== undefined, "the packet was encoded as no message at all");
  return message;
}
