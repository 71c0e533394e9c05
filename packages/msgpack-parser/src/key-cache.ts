const SLOTS = 1024;
const LONGEST = 24;

const slots: (string | undefined)[] = Array.from({ length: SLOTS });

/**
 * Reads the ASCII text of a key, which has most likely been read before: comparing it with the one in its slot saves
 * making a string and looking up its hash. Long keys and others than ASCII are left to the caller.
 */
export function readKey(memory: Uint8Array, start: number, end: number): string | undefined {
  const length = end - start;
  if (length > LONGEST || length === 0) return undefined;
  const slot = (length * 31 + (memory[start] ?? 0) * 7 + (memory[end - 1] ?? 0) * 131) % SLOTS;
  const known = slots[slot];
  if (known !== undefined && isSame(known, memory, start, length)) return known;
  let key = "";
  for (let at = start; at < end; at++) {
    const unit = memory[at] ?? 0;
    if (unit > 0x7f) return undefined;
    key += String.fromCharCode(unit);
  }
  slots[slot] = key;
  return key;
}

function isSame(known: string, memory: Uint8Array, start: number, length: number): boolean {
  if (known.length !== length) return false;
  for (let index = 0; index < length; index++) if (known.charCodeAt(index) !== memory[start + index]) return false;
  return true;
}
