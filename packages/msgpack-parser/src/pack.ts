import { codedError, hasCode, toBytes } from "@halyard/core";
import { Writer } from "./writer.ts";
import { JAVASCRIPT_EXTENSION, Tag } from "./format.ts";

/** Nesting beyond which data is not encoded; the array of arguments counts as one level. */
const MAX_DEPTH = 256;
const TWO_TO_32 = 2 ** 32;
const TWO_TO_63 = 2 ** 63;
const TWO_TO_64 = 2 ** 64;

/** Kept from one call to the next; absent while a call is under way, because a `toJSON` may pack something itself. */
let idle: Writer | undefined = new Writer();

/**
 * Encodes a value as MessagePack, byte for byte as `notepack.io` does where that loses nothing.
 * @throws `SOCKET_ENCODE` for what is circular or too deep, and for functions, symbols and BigInts.
 */
export function pack(value: unknown): Uint8Array {
  const writer = idle ?? new Writer();
  idle = undefined;
  try {
    // the packet around the data is no level of its own
    packValue(writer, value, 0);
    return writer.take();
  } catch (error) {
    throw hasCode(error, "SOCKET_ENCODE") ? error : codedError("SOCKET_ENCODE", "data cannot be encoded", error);
  } finally {
    writer.discard();
    idle = writer;
  }
}

function packValue(writer: Writer, value: unknown, depth: number): void {
  switch (typeof value) {
    case "string":
      return writer.text(value);
    case "number":
      return packNumber(writer, value);
    case "boolean":
      return writer.byte(value ? Tag.TRUE : Tag.FALSE);
    case "undefined":
      writer.byte(Tag.FIXEXT1);
      writer.byte(JAVASCRIPT_EXTENSION);
      return writer.byte(0);
    case "object":
      return value === null ? writer.byte(Tag.NIL) : packObject(writer, value, depth);
    case "bigint":
    case "function":
    case "symbol":
      throw codedError("SOCKET_ENCODE", `MessagePack has no ${typeof value}`);
  }
}

function packNumber(writer: Writer, value: number): void {
  if (!Number.isInteger(value) || value >= TWO_TO_64 || value < -TWO_TO_63) return writer.float(value);
  if (value >= 0) {
    if (value < 0x80) return writer.byte(value);
    if (value < TWO_TO_32) return writer.sized(Tag.UINT8, value);
    writer.byte(Tag.UINT64);
  } else {
    if (value >= -0x20) return writer.byte(value & 0xff);
    if (value >= -0x80) return writer.number(Tag.INT8, value, 1);
    if (value >= -0x8000) return writer.number(Tag.INT8 + 1, value, 2);
    if (value >= -0x8000_0000) return writer.number(Tag.INT8 + 2, value, 4);
    writer.byte(Tag.INT64);
  }
  writer.int64(value);
}

function packObject(writer: Writer, value: object, depth: number): void {
  if (depth > MAX_DEPTH) throw codedError("SOCKET_ENCODE", `data is circular or nests deeper than ${MAX_DEPTH}`);
  if (Array.isArray(value)) {
    writer.header(Tag.FIXARRAY, Tag.ARRAY16, value.length);
    for (let at = 0; at < value.length; at++) packValue(writer, value[at], depth + 1);
    return;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype && packSpecial(writer, value)) return;
  if ("toJSON" in value && typeof value.toJSON === "function") return packValue(writer, value.toJSON(), depth + 1);
  packMembers(writer, value, depth);
}

/** Writes dates and bytes. */
function packSpecial(writer: Writer, value: object): boolean {
  if (value instanceof Date) {
    const time = value.getTime();
    if (Number.isNaN(time)) writer.byte(Tag.NIL);
    else {
      writer.byte(Tag.FIXEXT8);
      writer.byte(JAVASCRIPT_EXTENSION);
      writer.int64(time);
    }
    return true;
  }
  const bytes = toBytes(value);
  if (bytes === undefined) return false;
  writer.sized(Tag.BIN8, bytes.length);
  writer.bytes(bytes);
  return true;
}

function packMembers(writer: Writer, value: object, depth: number): void {
  let keys = Object.keys(value);
  for (const key of keys) {
    if (isSent(key, value[key as keyof typeof value])) continue;
    keys = keys.filter((name) => isSent(name, value[name as keyof typeof value]));
    break;
  }
  writer.header(Tag.FIXMAP, Tag.MAP16, keys.length);
  for (const key of keys) {
    writer.text(key);
    packValue(writer, value[key as keyof typeof value], depth + 1);
  }
}

/** No decoder takes `__proto__`, which would let a peer replace the prototype of what it sends. */
function isSent(key: string, member: unknown): boolean {
  return typeof member !== "function" && key !== "__proto__";
}
