/** Deeper than any data that can be sent. */
const MAX_DEPTH = 256;

/** Tells whether a value holds bytes, which JSON has no form for. */
export function hasBinary(value: unknown, depth = 0): boolean {
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return false;
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return true;
  const members: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  return members.some((member) => hasBinary(member, depth + 1));
}
