import { clientFrame, type FrameParts } from "./client-frame.fixture.ts";

/** What the limit on a message's length is where these come in. */
export const LIMIT_BYTES = 600;

/** What it is, and the frames that a client sends, after and before ordinary ones. */
type HostileInput = readonly [name: string, frames: readonly Buffer[]];
type Draft = readonly [name: string, ...frames: readonly Buffer[]];

const OPCODES = Array.from({ length: 16 }, (_, opcode) => opcode);

/** Input that breaks the protocol, or stretches it. */
export const HOSTILE_INPUT: readonly HostileInput[] = drafts().map(([name, ...frames]) => [name, frames]);

function drafts(): readonly Draft[] {
  return [
    ...OPCODES.map((opcode): Draft => [`opcode ${opcode}`, clientFrame("4x", { opcode })]),
    ...OPCODES.map((opcode): Draft => [`opcode ${opcode} without FIN`, clientFrame("4x", { opcode, fin: false })]),
    ...OPCODES.map((opcode): Draft => [`opcode ${opcode}, empty`, clientFrame("", { opcode })]),
    ...[1, 2, 3, 4, 5, 6, 7].flatMap((rsv): Draft[] => [
      [`text, RSV ${rsv}`, clientFrame("4x", { rsv })],
      [`binary, RSV ${rsv}`, clientFrame("4x", { rsv, opcode: 2 })],
      [`ping, RSV ${rsv}`, clientFrame("4x", { rsv, opcode: 9 })],
    ]),
    ["text without a mask", clientFrame("4x", { mask: null })],
    ["binary without a mask", clientFrame("4x", { mask: null, opcode: 2 })],
    ["an empty text without a mask", clientFrame("", { mask: null })],
    ["a long text without a mask", clientFrame(`4${"x".repeat(200)}`, { mask: null })],
    ["a mask of zeros", clientFrame("4é", { mask: [0, 0, 0, 0] })],
    ["a mask with one bit", clientFrame("4é", { mask: [0, 0, 0, 1] })],
    ...lengths(),
    ...texts(),
    ...fragments(),
    ...goodbyes(),
    ...deeds(),
  ];
}

function lengths(): Draft[] {
  const text = (length: number, parts?: FrameParts) => clientFrame(`4${"x".repeat(length - 1)}`, parts);
  return [
    ...[1, 2, 3, 4, 5, 125, 126, 127, 192, 193, 255, 256, LIMIT_BYTES].map((length): Draft => [
      `${length} bytes`,
      text(length),
      text(length, { mask: [0, 0, 0, 0] }),
    ]),
    ["a length of 16 bits that fits in 7", text(125, { lengthBits: 16 })],
    ["a length of 64 bits that fits in 7", text(3, { lengthBits: 64 })],
    ["a length of 64 bits that fits in 16", text(300, { lengthBits: 64 })],
    ["one byte more than the limit", text(LIMIT_BYTES + 1)],
    ["one byte more than the limit, binary", clientFrame(Buffer.alloc(LIMIT_BYTES + 1), { opcode: 2 })],
    ["the length of 16 bits exceeds the limit, the rest is missing", clientFrame("4x", { claims: 65_535 })],
    ["the length of 64 bits exceeds the limit", clientFrame("4x", { claims: 2 ** 40 })],
    ["the length of 64 bits exceeds what a number can say", clientFrame("4x", { claims: Number.MAX_SAFE_INTEGER + 1 })],
    [
      "the length of 64 bits has its first bit set",
      Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6]),
    ],
    ["a ping of 126 bytes", clientFrame(Buffer.alloc(126), { opcode: 9 })],
    ["fragments that exceed the limit together", text(LIMIT_BYTES, { fin: false }), clientFrame("x", { opcode: 0 })],
    ["less than it claims", clientFrame("4x", { claims: 40 })],
  ];
}

function texts(): Draft[] {
  const bad: readonly (readonly [string, readonly number[]])[] = [
    ["a lone continuation", [0x80]],
    ["a start without its end", [0xc3]],
    ["a start of four without its end", [0xf0, 0x9f, 0x98]],
    ["a start followed by ASCII", [0xc3, 0x28]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["an overlong slash of three bytes", [0xe0, 0x80, 0xaf]],
    ["an overlong slash of four bytes", [0xf0, 0x80, 0x80, 0xaf]],
    ["a high surrogate", [0xed, 0xa0, 0x80]],
    ["a low surrogate", [0xed, 0xbf, 0xbf]],
    ["a pair of surrogates", [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
    ["beyond the last code point", [0xf4, 0x90, 0x80, 0x80]],
    ["a byte that is none of UTF-8", [0xff]],
    ["five bytes", [0xf8, 0x88, 0x80, 0x80, 0x80]],
  ];
  const good = [
    "é",
    "日本語",
    "😀",
    "\u0000",
    "\u007f",
    "\u0080",
    "\u07ff",
    "\u0800",
    "\uffff",
    "\u{10ffff}",
    "\ufeffx",
  ];
  const long = "y".repeat(220);
  return [
    ...bad.flatMap(([name, bytes]): Draft[] => [
      [`not UTF-8: ${name}`, clientFrame(Buffer.from([0x34, ...bytes]))],
      [`not UTF-8: ${name}, in a longer text`, clientFrame(Buffer.from([0x34, ...Buffer.from(long), ...bytes, 0x79]))],
      [`not UTF-8: ${name}, unmasked by zeros`, clientFrame(Buffer.from([0x34, ...bytes]), { mask: [0, 0, 0, 0] })],
    ]),
    ...good.map((text): Draft => [
      `the text ${JSON.stringify(text)}`,
      clientFrame(`4${text}`),
      clientFrame(`4${long}${text}`),
      clientFrame(`4${long}${text}`, { mask: [0, 0, 0, 0] }),
    ]),
    ["the first byte of a packet is not ASCII", clientFrame("é")],
    ["no packet at all", clientFrame("")],
    ["no packet at all, and then what is no frame", clientFrame(""), Buffer.from("4x")],
    ["a packet of a type that does not exist", clientFrame("9")],
    ["other packets", clientFrame("3"), clientFrame("2probe"), clientFrame("5"), clientFrame("1")],
    ["binary that looks like text", clientFrame("4x", { opcode: 2 }), clientFrame("", { opcode: 2 })],
  ];
}

function fragments(): Draft[] {
  const ping = clientFrame("p", { opcode: 9 });
  const pong = clientFrame("p", { opcode: 10 });
  const first = clientFrame("4one", { fin: false });
  const middle = clientFrame("two", { opcode: 0, fin: false });
  const last = clientFrame("three", { opcode: 0 });
  const e = Buffer.from("é");
  return [
    ["fragments", first, middle, last],
    ["fragments with control frames between them", ping, first, ping, middle, pong, ping, last, ping],
    [
      "empty fragments",
      clientFrame("4", { fin: false }),
      clientFrame("", { opcode: 0, fin: false }),
      clientFrame("", { opcode: 0 }),
    ],
    ["binary in fragments", clientFrame("one", { opcode: 2, fin: false }), last],
    [
      "a character in two fragments",
      clientFrame(Buffer.from([0x34, ...e.subarray(0, 1)]), { fin: false }),
      clientFrame(e.subarray(1), { opcode: 0 }),
    ],
    ["half a character in fragments, after a ping", first, ping, clientFrame(e.subarray(0, 1), { opcode: 0 })],
    ["half a character in fragments", first, clientFrame(e.subarray(0, 1), { opcode: 0 })],
    ["a text among fragments", first, clientFrame("4whole"), last],
    ["binary among fragments", first, clientFrame("whole", { opcode: 2 }), last],
    ["a second beginning among fragments", first, first, last],
    ["an end without a beginning", last],
    ["an end after an end", first, last, last],
    ["a fragment with RSV1", first, clientFrame("x", { opcode: 0, rsv: 4 })],
    ["a goodbye among fragments", first, clientFrame("", { opcode: 8 }), last],
    ["fragments again and again", first, last, clientFrame("4whole"), first, middle, last, clientFrame("4whole"), ping],
    ["fragments that never end", first, middle],
    ["pings", ping, ping, pong, ping],
  ];
}

function goodbyes(): Draft[] {
  const goodbye = (code: number, reason: string | Buffer = "") =>
    clientFrame(Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]), { opcode: 8 });
  return [
    ["a goodbye", clientFrame("", { opcode: 8 })],
    ["a goodbye with a code and a reason", goodbye(1_000, "enough")],
    ["a goodbye of one byte", clientFrame("x", { opcode: 8 })],
    ["a goodbye with a code that may not be sent", goodbye(1_006)],
    ["a goodbye with a code that does not exist", goodbye(999)],
    ["a goodbye whose reason is not UTF-8", goodbye(1_000, Buffer.from([0xff]))],
    ["a goodbye followed by what is no frame", goodbye(1_000), Buffer.from([0xff, 0xff, 0xff])],
    ["two goodbyes", goodbye(1_000), goodbye(1_001)],
    ["part of a goodbye", goodbye(1_000, "enough").subarray(0, 7)],
  ];
}

/** Messages that make the server act. */
function deeds(): Draft[] {
  const after = [clientFrame("4after"), clientFrame("p", { opcode: 9 }), clientFrame("4later")];
  return ["close", "abort", "pause", "answer"].map((deed): Draft => [
    `the server is made to ${deed}`,
    clientFrame(`4${deed}`),
    ...after,
  ]);
}
