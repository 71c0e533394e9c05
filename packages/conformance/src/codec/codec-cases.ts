import type { EngineCodec, EngineMessage, EnginePacket } from "@halyard/contracts";
import { check, checkEqual, checkRefused, codeOf, show } from "../check.ts";
import type { ConformanceCase } from "../conformance-case.ts";
import { mutate, seededRandom } from "../mutation.ts";
import { everyByte, patternBytes, UNICODE_TEXT } from "../samples.ts";
import { malformedInput } from "./malformed-input.ts";
import { wireVectors } from "./wire-vectors.ts";

/** What {@link codecCases} needs to know of a codec. */
export interface CodecHarness {
  readonly codec: EngineCodec;
}

/**
 * Lists the cases that every Engine.IO codec must pass. Which wire format is checked follows from `codec.protocol`.
 *
 * @example
 * for (const { name, run } of codecCases({ codec })) test(name, run);
 */
export function codecCases({ codec }: CodecHarness): ConformanceCase[] {
  return [
    ...frameCases(codec),
    ...payloadCases(codec),
    ...wireVectors(codec.protocol).map(({ name, run }) => ({ name: `wire: ${name}`, run: () => run(codec) })),
    ...malformedCases(codec),
    {
      name: "mutated input gives packets or an error with its code, never another exception",
      run: () => checkMutations(codec),
    },
  ];
}

function frameCases(codec: EngineCodec): ConformanceCase[] {
  return [
    ...samplePackets().map((packet) => ({
      name: `frame: ${show(packet)} survives`,
      run: () => checkEqual(codec.decodePacket(codec.encodePacket(packet)), packet, "the decoded packet"),
    })),
    {
      name: "frame: a binary message becomes text where binary is not supported",
      run() {
        const packet: EnginePacket = { type: "message", data: everyByte() };
        const frame = codec.encodePacket(packet, false);
        check(typeof frame === "string", `expected text, got ${show(frame)}`);
        checkEqual(codec.decodePacket(frame), packet, "the decoded packet");
      },
    },
    {
      name: "frame: encoding leaves the packet as it was",
      run() {
        const data = everyByte();
        codec.encodePacket(Object.freeze({ type: "message", data }));
        checkEqual(data, everyByte(), "the packet's bytes");
      },
    },
  ];
}

function payloadCases(codec: EngineCodec): ConformanceCase[] {
  const roundTrip = (packets: readonly EnginePacket[], supportsBinary?: boolean): EngineMessage => {
    const body = codec.encodePayload(packets, supportsBinary);
    checkEqual(codec.decodePayload(body), packets, "the decoded packets");
    return body;
  };
  return [
    {
      name: "payload: one packet of each kind survives",
      run: () => void samplePackets().map((packet) => roundTrip([packet])),
    },
    { name: "payload: many packets stay in order", run: () => void roundTrip(samplePackets()) },
    {
      name: "payload: a thousand packets stay in order",
      run: () => void roundTrip(Array.from({ length: 1_000 }, (_, index) => ({ type: "message", data: `${index}` }))),
    },
    {
      name: "payload: is text where binary is not supported",
      run() {
        const body = roundTrip(samplePackets(), false);
        check(typeof body === "string", `expected text, got ${show(body)}`);
      },
    },
  ];
}

function malformedCases(codec: EngineCodec): ConformanceCase[] {
  const { frames, bodies } = malformedInput(codec.protocol);
  return [
    ...frames.map(([name, frame]) => ({
      name: `refuses a frame: ${name}`,
      run: () => checkRefused(() => codec.decodePacket(frame), "ENGINE_PARSE", show(frame)),
    })),
    ...bodies.map(([name, body]) => ({
      name: `refuses a payload: ${name}`,
      run: () => checkRefused(() => codec.decodePayload(body), "ENGINE_PARSE", show(body)),
    })),
  ];
}

function checkMutations(codec: EngineCodec): void {
  const small = samplePackets().filter((packet) => packet.type !== "message" || packet.data.length < 1_000);
  const random = seededRandom(1);
  for (let round = 0; round < MUTATIONS; round++) {
    const inputs = [...small.map((packet) => codec.encodePacket(packet)), codec.encodePayload(small)];
    for (const input of inputs.map((each) => mutate(each, random))) {
      checkDecodes(() => codec.decodePacket(input), input);
      checkDecodes(() => codec.decodePayload(input), input);
    }
  }
}

const MUTATIONS = 200;

function checkDecodes(run: () => unknown, input: EngineMessage): void {
  try {
    run();
  } catch (error) {
    check(codeOf(error) === "ENGINE_PARSE", `${show(input)} threw ${String(error)} with code ${show(codeOf(error))}`);
  }
}

function samplePackets(): EnginePacket[] {
  return [
    { type: "open", data: '{"sid":"x"}' },
    { type: "open", data: "" },
    { type: "close" },
    { type: "ping" },
    { type: "ping", data: "probe" },
    { type: "pong" },
    { type: "pong", data: "probe" },
    { type: "upgrade" },
    { type: "noop" },
    { type: "message", data: "" },
    { type: "message", data: "b" },
    { type: "message", data: "4:4" },
    { type: "message", data: UNICODE_TEXT },
    { type: "message", data: "a".repeat(70_000) },
    { type: "message", data: new Uint8Array(0) },
    { type: "message", data: Uint8Array.of(4) },
    { type: "message", data: everyByte() },
    { type: "message", data: patternBytes(70_000) },
  ];
}
