import { limitError } from "./errors.ts";

/** Texts with more opening brackets than one in so many characters are measured before they are parsed. */
const DENSE = 16;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Brackets and braces differ in this bit. */
const BRACE_BIT = 0x20;

/**
 * Tells whether the data of a JSON text must be measured once it is parsed. Most texts need no look at all: each level
 * takes a bracket at either end, so they are too short or have too few. Of the others, those with brackets close
 * together are measured here, because `JSON.parse` is many times slower on a deep text than on a flat one.
 * @throws `SOCKET_PARSE` when the text nests deeper than `maxDepth`.
 */
export function mayNestDeeper(json: string, maxDepth: number): boolean {
  if (json.length <= 2 * maxDepth || !hasMoreOpeners(json, maxDepth)) return false;
  if (!hasMoreOpeners(json, json.length / DENSE)) return true;
  checkTextDepth(json, maxDepth);
  return false;
}

/**
 * Measures how deep decoded data nests.
 * @throws `SOCKET_PARSE` when it is deeper than `maxDepth`.
 */
export function checkDepth(data: unknown, maxDepth: number): void {
  if (typeof data !== "object" || data === null || ArrayBuffer.isView(data)) return;
  if (maxDepth <= 0) throw limitError("maxDepth");
  if (Array.isArray(data)) for (const item of data) checkDepth(item, maxDepth - 1);
  else for (const key in data) checkDepth(data[key as keyof typeof data], maxDepth - 1);
}

function hasMoreOpeners(json: string, maximum: number): boolean {
  let openers = 0;
  for (const bracket of ["[", "{"])
    for (let at = json.indexOf(bracket); at !== -1; at = json.indexOf(bracket, at + 1))
      if (++openers > maximum) return true;
  return false;
}

function checkTextDepth(json: string, maxDepth: number): void {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < json.length; at++) {
    const unit = json.charCodeAt(at);
    if (unit === QUOTE) quoted = !quoted;
    else if (quoted) at += unit === BACKSLASH ? 1 : 0;
    else if ((unit | BRACE_BIT) === 0x7b && ++depth > maxDepth) throw limitError("maxDepth");
    else if ((unit | BRACE_BIT) === 0x7d) depth--;
  }
}
