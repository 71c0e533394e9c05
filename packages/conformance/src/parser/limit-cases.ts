import type { DecoderLimits, SocketPacket } from "@halyard/contracts";
import type { ConformanceCase } from "../conformance-case.ts";
import { checkMalformed, decode } from "./decoding.ts";
import type { ForgedPacket, ParserHarness } from "./parser-harness.ts";
import { nested } from "./round-trip-cases.ts";
import { forgeText } from "./text-grammar.ts";

/** Cases about the limits of a decoder: what they allow passes, what is past them is refused. */
export function limitCases({ parser, forge = forgeText }: ParserHarness): ConformanceCase[] {
  return [
    ...LIMITS.flatMap(({ name, limits, within, past }) => [
      { name: `limit: ${name}: what it allows passes`, run: () => void decode(parser, forge(within), limits) },
      { name: `limit: ${name}: what is past it is refused`, run: () => checkMalformed(parser, forge(past), limits) },
    ]),
    {
      name: "limit: 10 MB a packet: what it allows passes",
      run: () => void decode(parser, parser.encode(eventOfSize(9_000_000))),
    },
    {
      name: "limit: 10 MB a packet: what is past it is refused",
      run: () => checkMalformed(parser, parser.encode(eventOfSize(10_000_000))),
    },
  ];
}

interface Limit {
  readonly name: string;
  readonly limits?: DecoderLimits;
  readonly within: ForgedPacket;
  readonly past: ForgedPacket;
}

const LIMITS: readonly Limit[] = [
  { name: "256 arguments", within: event(...numbers(255)), past: event(...numbers(256)) },
  {
    name: "256 arguments of an acknowledgement",
    within: { type: 3, nsp: "/", id: 1, data: numbers(256) },
    past: { type: 3, nsp: "/", id: 1, data: numbers(257) },
  },
  { name: "3 arguments", limits: { maxArguments: 3 }, within: event(1, 2), past: event(1, 2, 3) },
  { name: "a depth of 256", within: event(nested(200)), past: event(nested(300)) },
  { name: "a depth of 256, far past it", within: event(nested(200)), past: event(nested(3_000)) },
  { name: "a depth of 10", limits: { maxDepth: 10 }, within: event(nested(5)), past: event(nested(20)) },
  {
    name: "a depth of 10 in the data of a connect",
    limits: { maxDepth: 10 },
    within: { type: 0, nsp: "/", data: { token: nested(5) } },
    past: { type: 0, nsp: "/", data: { token: nested(20) } },
  },
  {
    name: "a name of 255 bytes for a namespace",
    within: { type: 0, nsp: `/${"a".repeat(254)}` },
    past: { type: 0, nsp: `/${"a".repeat(255)}` },
  },
  {
    name: "a name of 10 bytes, not characters, for a namespace",
    limits: { maxNamespaceLength: 10 },
    within: { type: 0, nsp: "/éééé" },
    past: { type: 0, nsp: "/ééééé" },
  },
  {
    name: "1,000 bytes a packet",
    limits: { maxPacketBytes: 1_000 },
    within: event("x".repeat(500)),
    past: event("x".repeat(1_000)),
  },
  {
    name: "1,000 bytes, not characters, a packet",
    limits: { maxPacketBytes: 1_000 },
    within: event("€".repeat(300)),
    past: event("€".repeat(400)),
  },
];

function event(...args: readonly unknown[]): ForgedPacket {
  return { type: 2, nsp: "/", data: ["a", ...args] };
}

function eventOfSize(bytes: number): SocketPacket {
  return { type: "event", namespace: "/", data: ["a", "x".repeat(bytes)] };
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
