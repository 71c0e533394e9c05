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

/** Writes a value for a message, cut to a readable length. */
export function show(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value, (_, part: unknown) => readable(part)) ?? String(value);
  } catch {
    text = String(value);
  }
  return text.length > 300 ? `${text.slice(0, 300)}… (${text.length} characters)` : text;
}

function readable(value: unknown): unknown {
  const bytes = asBytes(value);
  if (bytes !== undefined)
    return `<${bytes.length} bytes: ${Array.from(bytes.subarray(0, 16), (byte) => byte.toString(16)).join(" ")}>`;
  return typeof value === "bigint" ? `${value}n` : value;
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
