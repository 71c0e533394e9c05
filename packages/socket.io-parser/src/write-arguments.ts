import { extractBytes, type Attachment } from "./binary-data.ts";
import { writeJson } from "./encode.ts";

/** Whatever JSON may have to escape: controls, quotation marks, backslashes and surrogates. */
const NEEDS_ESCAPE = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/** Writes what `JSON.stringify` would, argument by argument, because most are too small to be worth the call. */
export function writeArguments(data: unknown, attachments: Attachment[] | undefined): string | undefined {
  if (!attachments || !Array.isArray(data)) return writeJson(data, attachments);
  let json = "[";
  for (let at = 0; at < data.length; at++) {
    if (at > 0) json += ",";
    json += writeArgument(data[at], at, attachments);
  }
  return `${json}]`;
}

function writeArgument(value: unknown, at: number, attachments: Attachment[]): string {
  if (typeof value === "string") return NEEDS_ESCAPE.test(value) ? JSON.stringify(value) : `"${value}"`;
  if (typeof value === "boolean" || Number.isFinite(value)) return String(value);
  // what has no JSON, such as undefined, stands as null in an array
  return JSON.stringify(extractBytes(value, at, 2, attachments)) ?? "null";
}
