import type { EngineMessage, Parser } from "@halyard/contracts";
import { check, codeOf, show } from "../check.ts";
import type { ConformanceCase } from "../conformance-case.ts";
import { mutate, seededRandom } from "../mutation.ts";
import { everyByte } from "../samples.ts";
import { checkMalformed, decode } from "./decoding.ts";
import type { ForgedPacket, ParserHarness } from "./parser-harness.ts";
import { forgeText, malformedText } from "./text-grammar.ts";

/** Cases about input that no peer of good faith sends. */
export function refusalCases({ parser, forge = forgeText, malformed }: ParserHarness): ConformanceCase[] {
  const outside = malformed ?? (forge === forgeText ? malformedText : []);
  return [
    {
      name: "accepts forged packets that break no rule",
      run: () => void LAWFUL.map((packet) => decode(parser, forge(packet))),
    },
    ...LAWLESS.map(([name, packet]) => ({
      name: `refuses: ${name}`,
      run: () => checkMalformed(parser, forge(packet)),
    })),
    ...outside.map(({ name, messages }) => ({
      name: `refuses: ${name}`,
      run: () => checkMalformed(parser, messages),
    })),
    { name: "refuses: an empty message", run: () => checkMalformed(parser, [emptyLike(validMessages(parser)[0])]) },
    { name: "refuses: a message of the other kind", run: () => checkMalformed(parser, [otherKind(parser)]) },
    {
      name: "refuses: a packet that is cut short",
      run() {
        const [message] = parser.encode({ type: "event", namespace: "/", id: 1, data: ["name", { key: "value" }] });
        check(message !== undefined, "the packet was encoded as no message at all");
        for (let length = 0; length < message.length; length++) checkMalformed(parser, [message.slice(0, length)]);
      },
    },
    {
      name: "refuses: a packet with something behind it",
      run() {
        const [message] = parser.encode({ type: "event", namespace: "/", data: ["name", 1] });
        check(message !== undefined, "the packet was encoded as no message at all");
        checkMalformed(parser, [typeof message === "string" ? `${message}1` : Uint8Array.of(...message, 1)]);
      },
    },
    {
      name: "mutated input gives a packet or an error with its code, never another exception",
      run: () => checkMutations(parser),
    },
  ];
}

const LAWFUL: readonly ForgedPacket[] = [
  { type: 0, nsp: "/" },
  { type: 0, nsp: "/a", data: { token: "x" } },
  { type: 1, nsp: "/a" },
  { type: 2, nsp: "/", data: ["a", 1] },
  { type: 2, nsp: "/a", id: 5, data: ["a", 1] },
  { type: 3, nsp: "/", id: 5, data: [] },
  { type: 4, nsp: "/", data: { message: "no" } },
];

const LAWLESS: readonly (readonly [name: string, packet: ForgedPacket])[] = [
  ["an unknown type", { type: 7, nsp: "/", data: ["a"] }],
  ["a type that is no number", { type: "x", nsp: "/", data: ["a"] }],
  ["a namespace without a slash", { type: 2, nsp: "a", data: ["a"] }],
  ["an event without data", { type: 2, nsp: "/" }],
  ["an event whose data is a string", { type: 2, nsp: "/", data: "a" }],
  ["an event whose data is an object", { type: 2, nsp: "/", data: { length: 1, 0: "a" } }],
  ["an event whose data is null", { type: 2, nsp: "/", data: null }],
  ["an event without a name", { type: 2, nsp: "/", data: [] }],
  ["an event whose name is null", { type: 2, nsp: "/", data: [null] }],
  ["an event whose name is an object", { type: 2, nsp: "/", data: [{}] }],
  ["an event whose name is an array", { type: 2, nsp: "/", data: [["a"]] }],
  ["an event whose name is a boolean", { type: 2, nsp: "/", data: [true] }],
  ...["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"].map(
    (name) => [`an event with the reserved name ${name}`, { type: 2, nsp: "/", data: [name] }] as const,
  ),
  ["a negative id", { type: 2, nsp: "/", id: -1, data: ["a"] }],
  ["a fractional id", { type: 2, nsp: "/", id: 1.5, data: ["a"] }],
  ["an id above 2^53 - 1", { type: 2, nsp: "/", id: 2 ** 53, data: ["a"] }],
  ["an acknowledgement without an id", { type: 3, nsp: "/", data: [] }],
  ["an acknowledgement without data", { type: 3, nsp: "/", id: 1 }],
  ["an acknowledgement whose data is an object", { type: 3, nsp: "/", id: 1, data: {} }],
  ["a connect whose data is a string", { type: 0, nsp: "/", data: "x" }],
  ["a connect whose data is an array", { type: 0, nsp: "/", data: [] }],
  ["a connect whose data is a number", { type: 0, nsp: "/", data: 1.5 }],
  ["a disconnect with data", { type: 1, nsp: "/", data: {} }],
  ["a connect_error without data", { type: 4, nsp: "/" }],
  ["a connect_error whose data is an array", { type: 4, nsp: "/", data: [] }],
  ["a connect_error whose data is a boolean", { type: 4, nsp: "/", data: true }],
];

const MUTATIONS = 1_000;

function checkMutations(parser: Parser): void {
  const random = seededRandom(1);
  const messages = validMessages(parser);
  for (let round = 0; round < MUTATIONS; round++) {
    const decoder = parser.createDecoder();
    for (const message of messages.map((each) => mutate(each, random))) {
      try {
        decoder.write(message);
      } catch (error) {
        check(
          codeOf(error) === "SOCKET_PARSE",
          `${show(message)} threw ${String(error)} with code ${show(codeOf(error))}`,
        );
        decoder.reset();
      }
    }
  }
}

function validMessages(parser: Parser): EngineMessage[] {
  return [
    ...parser.encode({ type: "connect", namespace: "/admin", data: { token: "x" } }),
    ...parser.encode({ type: "event", namespace: "/admin", id: 12, data: ["name", { key: ["value", 1.5, null] }] }),
    ...parser.encode({ type: "event", namespace: "/", data: ["name", everyByte(), { bytes: Uint8Array.of(1) }] }),
    ...parser.encode({ type: "ack", namespace: "/", id: 3, data: ["x"] }),
  ];
}

function emptyLike(message: EngineMessage | undefined): EngineMessage {
  return typeof message === "string" ? "" : new Uint8Array(0);
}

function otherKind(parser: Parser): EngineMessage {
  const [message] = validMessages(parser);
  if (typeof message === "string") return new TextEncoder().encode(message);
  return String.fromCharCode(...(message ?? []));
}
