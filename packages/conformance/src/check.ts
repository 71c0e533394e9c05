/** Fails the case unless the condition holds. */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/**
 * Fails the case unless both values have the same shape. Bytes are compared by content, whichever class carries them,
 * and a property that is undefined equals an absent one.
 */
export function checkEqual(actual: unknown, expected: unknown, what: string): void {
  check(isSame(actual, expected), `${what}: expected ${show(expected)}, got ${show(actual)}`);
}

/** Fails the case unless `run` throws an error with the given code. */
export function checkRefused(run: () => unknown, code: string, what: string): void {
  let result: unknown;
  try {
    result = run();
  } catch (error) {
    const found = codeOf(error);
    check(
      found === code,
      `${what}: expected an error with code ${code}, got ${String(error)} with code ${show(found)}`,
    );
    return;
  }
  throw new Error(`${what}: expected an error with code ${code}, got ${show(result)}`);
}

/** The code of whatever was thrown. */
export function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}

/** Writes a value for a message, cut to a readable length. Cheap for large values too: most messages are never shown. */
export function show(value: unknown): string {
  const text = JSON.stringify(readable(value, 0)) ?? String(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

const MAX_SHOWN = 300;
const MAX_SHOWN_DEPTH = 6;

function readable(value: unknown, depth: number): unknown {
  const bytes = asBytes(value);
  if (bytes !== undefined)
    return `<${bytes.length} bytes: ${Array.from(bytes.subarray(0, 16), (byte) => byte.toString(16)).join(" ")}>`;
  if (typeof value === "string") return value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value;
  if (typeof value === "bigint") return `${value}n`;
  if (!isRecord(value)) return value;
  if (depth === MAX_SHOWN_DEPTH) return "…";
  if (Array.isArray(value)) return value.slice(0, 20).map((part) => readable(part, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, readable(part, depth + 1)]));
}

function isSame(actual: unknown, expected: unknown): boolean {
  if (Object.is(actual, expected)) return true;
  const [left, right] = [asBytes(actual), asBytes(expected)];
  if (left !== undefined || right !== undefined)
    return left !== undefined && right !== undefined && sameBytes(left, right);
  if (!isRecord(actual) || !isRecord(expected) || Array.isArray(actual) !== Array.isArray(expected)) return false;
  if (Array.isArray(actual) && Array.isArray(expected) && actual.length !== expected.length) return false;
  const keys = new Set([...Object.keys(actual), ...Object.keys(expected)]);
  return [...keys].every((key) => isSame(actual[key], expected[key]));
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function asBytes(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined;
}
