import type { Decoder, DecoderLimits, EngineMessage, Parser, SocketPacket } from "@halyard/contracts";
import { describe, expect, test } from "vitest";
import type { ConformanceCase } from "../conformance-case.ts";
import { parserCases } from "./parser-cases.ts";

/** A rule that the reference parser keeps unless it is told not to. */
type Rule =
  | "acknowledgements need an id"
  | "attachments are used"
  | "attachments come without gaps"
  | "attachments count towards the size"
  | "attachments have a limit"
  | "attachments need a packet"
  | "attachments need an announcement"
  | "connect data is an object"
  | "decoders are apart"
  | "depth has a limit"
  | "disconnect has no data"
  | "errors are objects or text"
  | "errors have a code"
  | "event data is an array"
  | "event names are names"
  | "ids are safe"
  | "namespaces have a limit"
  | "packets have a size"
  | "packets have few arguments"
  | "placeholders are in range"
  | "reserved names are refused"
  | "reset forgets";

const TYPES = ["connect", "disconnect", "event", "ack", "connect_error"] as const;
const RESERVED = ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];
const GRAMMAR = /^([0-6])(?:(\d+)-)?(?:(\/[^,]*),)?(\d+)?(.*)$/s;
const UTF8 = new TextEncoder();

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** The text format of Socket.IO, in the fewest lines; slow, and right as long as no rule is left out. */
function referenceParser(without?: Rule): Parser {
  const keep = (rule: Rule, holds: boolean): void => {
    if (!holds && rule !== without) throw coded("SOCKET_PARSE");
  };
  let shared: Decoder | undefined;
  return {
    name: "reference",
    encode,
    createDecoder(limits = {}) {
      if (without === "decoders are apart") return (shared ??= createDecoder(keep, limits, without));
      return createDecoder(keep, limits, without);
    },
  };
}

function encode(packet: SocketPacket): EngineMessage[] {
  const attachments: EngineMessage[] = [];
  const seen: unknown[] = [];
  const extract = (value: unknown): unknown => {
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      const bytes = value instanceof ArrayBuffer ? new Uint8Array(value) : (value as Uint8Array);
      return { _placeholder: true, num: attachments.push(bytes) - 1 };
    }
    if (typeof value === "bigint" || seen.length > 256) throw coded("SOCKET_ENCODE");
    if (typeof value !== "object" || value === null) return value;
    seen.push(value);
    const copy = Array.isArray(value)
      ? value.map(extract)
      : Object.fromEntries(Object.entries(value).map(([key, part]) => [key, extract(part)]));
    seen.pop();
    return copy;
  };
  const data = "data" in packet ? JSON.stringify(extract(packet.data)) : "";
  const type = TYPES.indexOf(packet.type) + (attachments.length > 0 ? 3 : 0);
  const count = attachments.length > 0 ? `${attachments.length}-` : "";
  const namespace = packet.namespace === "/" ? "" : `${packet.namespace},`;
  return [`${type}${count}${namespace}${"id" in packet ? (packet.id ?? "") : ""}${data}`, ...attachments];
}

function createDecoder(keep: (rule: Rule, holds: boolean) => void, limits: DecoderLimits, without?: Rule): Decoder {
  const { maxAttachments = 10, maxPacketBytes = 10_000_000, maxDepth = 256, maxArguments = 256 } = limits;
  let waiting: { head: string; count: number; bytes: Uint8Array[] } | undefined;

  function finish(head: string, bytes: readonly Uint8Array[]): SocketPacket {
    const [, digit, count, namespace = "/", id, json = ""] = GRAMMAR.exec(head) ?? [];
    if (digit === undefined) throw coded("SOCKET_PARSE");
    if (Number(digit) < 5 && count !== undefined) throw coded("SOCKET_PARSE");
    const type = TYPES[Number(digit) > 4 ? Number(digit) - 3 : Number(digit)]!;
    keep("namespaces have a limit", UTF8.encode(namespace).length <= (limits.maxNamespaceLength ?? 255));
    keep("ids are safe", id === undefined || Number.isSafeInteger(Number(id)));
    const used = new Set<number>();
    const fill = (value: any, depth: number): any => {
      keep("depth has a limit", depth <= maxDepth);
      if (typeof value !== "object" || value === null) return value;
      if (Number(digit) > 4 && value._placeholder === true) {
        const exact = Number.isInteger(value.num) && value.num >= 0 && value.num < bytes.length;
        keep("placeholders are in range", exact);
        used.add(value.num);
        return bytes[value.num];
      }
      if (Array.isArray(value)) return value.map((part) => fill(part, depth + 1));
      return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, fill(part, depth + 1)]));
    };
    const data = json === "" ? undefined : fill(parse(json, without), 0);
    keep("attachments are used", used.size === bytes.length);
    checkShape(type, data, id, maxArguments, keep);
    return { type, namespace, data, id: id === undefined ? undefined : Number(id) } as SocketPacket;
  }

  function begin(text: string): SocketPacket | undefined {
    keep("attachments come without gaps", waiting === undefined);
    keep("packets have a size", UTF8.encode(text).length <= maxPacketBytes);
    const [, digit, count] = GRAMMAR.exec(text) ?? [];
    if (Number(digit) < 5 || digit === undefined) return finish(text, []);
    keep("attachments need an announcement", Number(count) > 0);
    keep("attachments have a limit", Number(count ?? 0) <= maxAttachments);
    waiting = { head: text, count: Number(count ?? 0), bytes: [] };
    return waiting.count === 0 ? complete() : undefined;
  }

  function complete(): SocketPacket | undefined {
    if (waiting === undefined) return undefined;
    const { head, bytes } = waiting;
    waiting = undefined;
    return finish(head, bytes);
  }

  return {
    get pending() {
      return waiting !== undefined;
    },
    write(message) {
      if (typeof message === "string") return begin(message);
      keep("attachments need a packet", waiting !== undefined);
      waiting?.bytes.push(new Uint8Array(message));
      const size = waiting?.bytes.reduce((sum, bytes) => sum + bytes.length, waiting.head.length) ?? 0;
      keep("attachments count towards the size", size <= maxPacketBytes);
      return waiting?.bytes.length === waiting?.count ? complete() : undefined;
    },
    reset() {
      if (without !== "reset forgets") waiting = undefined;
    },
  };
}

function parse(json: string, without: Rule | undefined): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw without === "errors have a code" ? error : coded("SOCKET_PARSE");
  }
}

function checkShape(
  type: (typeof TYPES)[number],
  data: unknown,
  id: string | undefined,
  maxArguments: number,
  keep: (rule: Rule, holds: boolean) => void,
): void {
  const isObject = typeof data === "object" && data !== null && !Array.isArray(data);
  if (type === "connect") keep("connect data is an object", data === undefined || isObject);
  if (type === "disconnect") keep("disconnect has no data", data === undefined);
  if (type === "connect_error") keep("errors are objects or text", isObject || typeof data === "string");
  if (type === "ack") keep("acknowledgements need an id", id !== undefined);
  if (type === "ack" || type === "event") {
    keep("event data is an array", Array.isArray(data));
    keep("packets have few arguments", !Array.isArray(data) || data.length <= maxArguments);
  }
  if (type !== "event" || !Array.isArray(data)) return;
  keep("event names are names", typeof data[0] === "string" || typeof data[0] === "number");
  keep("reserved names are refused", !RESERVED.includes(data[0]));
}

async function runCase(cases: readonly ConformanceCase[], wanted: string): Promise<void> {
  const found = cases.filter(({ name }) => name === wanted);
  expect(found).toHaveLength(1);
  await found[0]?.run();
}

describe("a parser that keeps the contract passes", () => {
  for (const { name, run } of parserCases({ parser: referenceParser() })) test(name, run);
});

describe("a parser that leaves a rule out fails", () => {
  test.each<[Rule, finder: string]>([
    ["acknowledgements need an id", "refuses: an acknowledgement without an id"],
    ["attachments are used", "refuses: an attachment that is used nowhere"],
    ["attachments come without gaps", "attachments: another packet among them is refused"],
    ["attachments count towards the size", "attachments: count towards the size of the packet"],
    ["attachments have a limit", "attachments: more than the limit allows are refused, at the announcement"],
    ["attachments need a packet", "attachments: are refused without a packet"],
    ["attachments need an announcement", "refuses: no attachments at all"],
    ["connect data is an object", "refuses: a connect whose data is an array"],
    ["decoders are apart", "keeps decoders apart"],
    ["depth has a limit", "limit: a depth of 10: what is past it is refused"],
    ["disconnect has no data", "refuses: a disconnect with data"],
    ["errors are objects or text", "refuses: a connect_error whose data is an array"],
    ["errors have a code", "refuses: JSON that is not closed"],
    ["event data is an array", "refuses: an event whose data is an object"],
    ["event names are names", "refuses: an event whose name is null"],
    ["ids are safe", "refuses: an id above 2^53 - 1"],
    ["namespaces have a limit", "limit: a name of 255 bytes for a namespace: what is past it is refused"],
    ["packets have a size", "limit: 1,000 bytes, not characters, a packet: what is past it is refused"],
    ["packets have few arguments", "limit: 256 arguments: what is past it is refused"],
    ["placeholders are in range", "refuses: a placeholder past the attachments"],
    ["reserved names are refused", "refuses: an event with the reserved name newListener"],
    ["reset forgets", "attachments: reset forgets a packet that waits for them"],
  ])("%s", async (rule, finder) => {
    await expect(runCase(parserCases({ parser: referenceParser(rule) }), finder)).rejects.toThrow();
  });
});

describe("a parser that encodes wrongly fails", () => {
  const correct = referenceParser();
  const defects: Record<string, [finder: string, encode: Parser["encode"]]> = {
    "loses the id": [
      "survives: event with acknowledgement 0",
      (packet) => correct.encode("id" in packet ? ({ ...packet, id: packet.id || undefined } as SocketPacket) : packet),
    ],
    "loses the namespace": [
      "survives: disconnect from a namespace",
      (packet) => correct.encode({ ...packet, namespace: "/" }),
    ],
    "sends the buffer behind a view": [
      "survives: event with bytes",
      (packet) =>
        correct
          .encode(packet)
          .map((message) => (typeof message === "string" ? message : new Uint8Array(message.buffer))),
    ],
    "writes to the packet": [
      "encodes a packet the same way each time, and leaves it as it was",
      (packet) => {
        const messages = correct.encode(packet);
        if ("data" in packet && Array.isArray(packet.data) && !Object.isFrozen(packet.data)) packet.data.pop();
        return messages;
      },
    ],
    "swaps attachments": [
      "attachments: follow the packet in the order of their appearance",
      (packet) => {
        const [head, ...rest] = correct.encode(packet);
        return [head!, ...rest.toReversed()];
      },
    ],
    "lets native errors through": [
      "refuses to encode a BigInt",
      (packet) => {
        if ("data" in packet) JSON.stringify(packet.data);
        return correct.encode(packet);
      },
    ],
  };
  test.each(Object.entries(defects))("one that %s", async (_, [finder, broken]) => {
    await expect(runCase(parserCases({ parser: { ...correct, encode: broken } }), finder)).rejects.toThrow();
  });
});
