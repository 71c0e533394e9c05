import { limitError } from "./errors.ts";

/**
 * Tells whether a JSON text may nest deeper than `maxDepth`: each level takes a bracket at either end. Next to free
 * for nearly every packet, which is short or has few brackets; the data of the others is walked once it is parsed.
 */
export function mayNestDeeper(json: string, maxDepth: number): boolean {
  if (json.length <= 2 * maxDepth) return false;
  let left = maxDepth;
  for (const bracket of ["[", "{"])
    for (let at = json.indexOf(bracket); at !== -1; at = json.indexOf(bracket, at + 1)) if (left-- === 0) return true;
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
