import type { EnginePacket } from "@halyard/contracts";
import { check, checkEqual } from "../check.ts";
import { everyByte, patternBytes, UNICODE_TEXT } from "../samples.ts";
import type { TransportScenario } from "./transport-scenario.ts";

/** Cases about packets on their way. */
export const exchangeCases: readonly TransportScenario[] = [
  survives("text", [text("hello")]),
  survives("an empty text", [text("before"), text(""), text("after")]),
  survives("text of every script", [text(UNICODE_TEXT), text("line\nfeed\r\nreturn"), text("\u{1f600}".repeat(1_000))]),
  survives("text that looks like another packet", ["b", "bAAAA", "1", "2probe", "4", "6:4hello", "\\n"].map(text)),
  survives("binary of every byte", [bytes(everyByte())]),
  survives("an empty binary", [text("before"), bytes(new Uint8Array(0)), text("after")]),
  survives(
    "binary of the lengths where frame headers change",
    [1, 125, 126, 127, 65_535, 65_536].map((length) => bytes(patternBytes(length))),
  ),
  survives("text and binary in turn, in order", alternating(40)),
  survives("a batch of 200, in order", numbered(200)),
  survives("ping and pong, with and without data", [
    { type: "ping" },
    { type: "ping", data: "probe" },
    { type: "pong" },
    { type: "pong", data: "probe" },
  ]),
  survives("control packets between messages, in order", [text("a"), { type: "ping" }, text("b"), { type: "upgrade" }]),
  {
    name: "keeps the order of many batches",
    async run({ near, far }) {
      const packets = numbered(60);
      for (let start = 0; start < packets.length; start += 3) await near.send(packets.slice(start, start + 3));
      checkEqual(await far.receive(packets.length), packets, "what arrived");
    },
  },
  {
    name: "carries both directions at once",
    async run({ near, far }) {
      await Promise.all(numbered(30).flatMap((packet) => [near.send([packet]), far.send([packet])]));
      checkEqual(await far.receive(30), numbered(30), "what arrived at the far end");
      checkEqual(await near.receive(30), numbered(30), "what arrived at the near end");
    },
  },
  {
    name: "answers from within a handler",
    async run({ near, far }) {
      far.onReceived = (packet) => void far.send([packet]);
      for (let turn = 0; turn < 20; turn++) {
        await near.sendText(`${turn}`);
        await near.receive(turn + 1);
      }
      checkEqual(near.received, numbered(20), "what came back");
    },
  },
  {
    name: "carries large messages",
    async run({ near, far, harness }) {
      const size = harness.largeMessageBytes ?? 300_000;
      const packets = [text("é".repeat(size / 2)), bytes(patternBytes(size)), text("end")];
      for (const packet of packets) await near.send([packet]);
      checkEqual(await far.receive(packets.length), packets, "what arrived");
    },
  },
  {
    name: "leaves the bytes that it is given as they were",
    async run({ near, far }) {
      const data = everyByte();
      await near.send([{ type: "message", data }]);
      await far.receive(1);
      checkEqual(data, everyByte(), "the sender's bytes");
    },
  },
  {
    name: "becomes writable again after each batch, and its queue empties",
    async run({ near, far }) {
      for (let round = 1; round <= 10; round++) {
        await near.send([text("x".repeat(1_000))]);
        check(near.transport.bufferedBytes >= 0, "bufferedBytes is negative");
        await far.receive(round);
      }
      await near.until(() => near.transport.writable, "the transport is writable again");
      await near.until(() => near.transport.bufferedBytes === 0, "bufferedBytes is 0 again");
    },
  },
];

function survives(what: string, packets: readonly EnginePacket[]): TransportScenario {
  return {
    name: `carries ${what}`,
    async run({ near, far, settle }) {
      await near.send(packets);
      checkEqual(await far.receive(packets.length), packets, "what arrived");
      await settle();
      checkEqual(far.received.length, packets.length, "the number of packets that arrived");
    },
  };
}

function numbered(count: number): EnginePacket[] {
  return Array.from({ length: count }, (_, index) => text(`${index}`));
}

function alternating(count: number): EnginePacket[] {
  return Array.from({ length: count }, (_, index) => (index % 2 === 0 ? text(`${index}`) : bytes(patternBytes(index))));
}

function text(data: string): EnginePacket {
  return { type: "message", data };
}

function bytes(data: Uint8Array): EnginePacket {
  return { type: "message", data };
}
