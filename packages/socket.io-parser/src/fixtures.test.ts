import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Decoder, Encoder, type Packet } from "./index.ts";

interface Encoded {
  readonly packet: Packet;
  readonly messages: readonly (string | { readonly base64: string })[];
  readonly decoded: Packet;
}

interface Decoded {
  readonly text: string;
  readonly packet?: Packet;
}

const encoded: Encoded[] = JSON.parse(readFileSync(new URL("../fixtures/encoded.json", import.meta.url), "utf8"));
const decoded: Decoded[] = JSON.parse(readFileSync(new URL("../fixtures/decoded.json", import.meta.url), "utf8"));

/** What the incumbent takes and we refuse, by reason. */
const STRICTER: Readonly<Record<string, readonly string[]>> = {
  "the type is a digit": ["", " "],
  "only events and acknowledgements have an id": ["01", "01{}", "11", "41{}"],
  "an event has a name": ["2", "2/admin", "2/admin,", '2/admin["a"]', "51-"],
  "an acknowledgement has an id and arguments": ["3", "3[]", "31", "3/admin,[]", '61-[{"_placeholder":true,"num":0}]'],
  "a connect_error has a payload": ["4"],
  "there is no white space around parts": ['2["a"] ', '2 ["a"]', '2\t["a"]', '2\n["a"]', '2["a"]\n', '2 1["a"]'],
  "an id is a safe integer": ['29007199254740992["a"]', '299999999999999999999999["a"]'],
  "a count of attachments has digits only": [
    '5 1-["a"]',
    '5+1-["a"]',
    '51e0-["a"]',
    '50x1-["a",{"_placeholder":true,"num":0}]',
  ],
  "each attachment has a placeholder, each placeholder an attachment": [
    '51-["a"]',
    '51-["a",{"_placeholder":1,"num":0}]',
    '52-["a",{"_placeholder":true,"num":0}]',
    '51-["a",{"_placeholder":true,"num":0.5}]',
    "610-1[]",
  ],
};

/** What both take and we read otherwise: an error's message is always a text. */
const DIFFERENT: Readonly<Record<string, Packet>> = {
  "4{}": { type: 4, nsp: "/", data: { message: "" } },
  '4{"message":1}': { type: 4, nsp: "/", data: { message: "" } },
};

describe.each(encoded)("packet $#", ({ packet, messages, decoded }) => {
  test("is written as the incumbent writes it", () => {
    expect(new Encoder().encode(restore(packet)).map(store)).toEqual(messages);
  });

  test("is read as the incumbent reads it", () => {
    expect(read(messages.map(restore))).toEqual([restore(decoded)]);
  });
});

describe("texts", () => {
  const stricter = Object.values(STRICTER).flat();

  test.each(decoded)("$text", ({ text, packet }) => {
    const packets = readWithAttachments(text);
    if (packet === undefined || stricter.includes(text)) expect(packets).toEqual([]);
    else expect(packets).toEqual([restore(DIFFERENT[text] ?? packet)]);
  });

  test("the list of those that only we refuse is up to date", () => {
    const accepted = new Set(decoded.filter(({ packet }) => packet !== undefined).map(({ text }) => text));
    expect(stricter.filter((text) => !accepted.has(text))).toEqual([]);
  });
});

function read(messages: readonly unknown[]): Packet[] {
  const decoder = new Decoder();
  const packets: Packet[] = [];
  decoder.on("decoded", (packet) => packets.push(packet));
  for (const message of messages) decoder.add(message);
  return packets;
}

/** Feeds attachments until a packet or an error comes of them. */
function readWithAttachments(text: string): Packet[] {
  const decoder = new Decoder();
  const packets: Packet[] = [];
  decoder.on("decoded", (packet) => packets.push(packet));
  try {
    decoder.add(text);
    for (let index = 0; packets.length === 0; index++) decoder.add(Buffer.of(index));
  } catch (error) {
    expect(error).toMatchObject({ code: "SOCKET_PARSE" });
  }
  return packets;
}

function store(message: unknown): unknown {
  return message instanceof Uint8Array ? { base64: Buffer.from(message).toString("base64") } : message;
}

function restore(value: any): any {
  if (typeof value?.base64 === "string") return Buffer.from(value.base64, "base64");
  if (Array.isArray(value)) return value.map(restore);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, restore(member)]));
}
