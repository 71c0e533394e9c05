import type { TextParts } from "./split-text.ts";

const GRAMMAR = /^(\d)(?:(\d+)-)?(?:(\/[^,]*),?)?(\d+)?(\S(?:[^]*\S)?)?$/;

/** Splits `<type>[<count>-][<namespace>,][<id>][<JSON>]` (Socket.IO v5, "Packet encoding"), in little code. */
export function splitText(text: string): TextParts {
  const [, digit, count = 0, namespace = "/", id, json] = GRAMMAR.exec(text) ?? [];
  return { digit: Number(digit), count: Number(count), namespace, id: id ? Number(id) : undefined, json };
}
