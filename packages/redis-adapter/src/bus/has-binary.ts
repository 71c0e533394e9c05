/** Deeper than any data that can be sent. */
const MAX_DEPTH = 256;

/** Tells whether a value holds bytes, which JSON has no form for. */
export function hasBinary(value: unknown, depth = 0): boolean {
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return false;
  if (Array.isArray(value)) return hasBinaryMember(value, depth);
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return true;
  return hasBinaryMember(Object.values(value), depth);
}

function hasBinaryMember(members: readonly unknown[], depth: number): boolean {
  for (const member of members) if (typeof member === "object" && hasBinary(member, depth + 1)) return true;
  return false;
}
