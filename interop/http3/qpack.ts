import { decodeHuffman } from "./huffman.ts";

/** Header fields by name. */
export type Fields = Record<string, string>;

/** The entries of the static table (RFC 9204, appendix A) that a browser's CONNECT request uses. */
const STATIC_TABLE: Readonly<Record<number, readonly [name: string, value: string]>> = {
  0: [":authority", ""],
  1: [":path", "/"],
  5: ["cookie", ""],
  13: ["referer", ""],
  15: [":method", "CONNECT"],
  23: [":scheme", "https"],
  72: ["accept-language", ""],
  90: ["origin", ""],
  95: ["user-agent", ""],
};

/** The field section of an answer with status 200: entry 25 of the static table. */
export const STATUS_200: Buffer = Buffer.from([0x00, 0x00, 0xc0 | 25]);

/** Decodes a field section (RFC 9204, section 4.5) that uses no dynamic table, because the server has offered none. */
export function decodeFields(section: Uint8Array): Fields {
  const reader = new Reader(section);
  const fields: Fields = {};
  reader.integer(8); // required insert count: 0
  reader.integer(7); // base: 0
  while (!reader.isAtEnd) {
    const [name, value] = readLine(reader);
    fields[name] = value;
  }
  return fields;
}

function readLine(reader: Reader): readonly [name: string, value: string] {
  const first = reader.peek();
  if ((first & 0x80) !== 0) return staticEntry(reader.integer(6)); // an indexed field line
  if ((first & 0x40) !== 0) return [staticEntry(reader.integer(4))[0], reader.text(7)]; // only the name is in the table
  return [reader.text(3), reader.text(7)]; // both are literal
}

function staticEntry(index: number): readonly [name: string, value: string] {
  return STATIC_TABLE[index] ?? [`static-${index}`, ""];
}

/** Reads the integers and strings of RFC 7541, section 5, which begin in the low bits of a byte. */
class Reader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#offset >= this.#bytes.length;
  }

  peek(): number {
    return this.#bytes[this.#offset] ?? 0;
  }

  integer(bits: number): number {
    const mask = 2 ** bits - 1;
    let value = this.#byte() & mask;
    if (value < mask) return value;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if ((byte & 0x80) === 0) return value;
    }
  }

  /** The bit above the length tells whether the text is compressed. */
  text(lengthBits: number): string {
    const isCompressed = (this.peek() & (2 ** lengthBits)) !== 0;
    const length = this.integer(lengthBits);
    const bytes = this.#bytes.subarray(this.#offset, (this.#offset += length));
    return isCompressed ? decodeHuffman(bytes) : Buffer.from(bytes).toString("latin1");
  }

  #byte(): number {
    const byte = this.#bytes[this.#offset++];
    if (byte === undefined) throw new Error("a field section ends early");
    return byte;
  }
}
