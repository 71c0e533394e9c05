/** An error that programs recognise by its stable `code`, never by its class. */
export interface CodedError extends Error {
  /** Stable across releases, in capitals: `SOCKET_PARSE`. */
  readonly code: string;
}

/**
 * Makes an error with a stable code. The message says what happened and what to do about it; without one, it is the
 * code in small letters.
 *
 * @example
 * throw codedError("SOCKET_PARSE", "the packet's acknowledgement id is not a number");
 */
export function codedError(
  code: string,
  message: string = code.toLowerCase().replaceAll("_", " "),
  cause?: unknown,
): CodedError {
  return Object.assign(new Error(message, cause === undefined ? undefined : { cause }), { code });
}

/** Tells whether a value is an error with the given code, whichever package or realm made it. */
export function hasCode(value: unknown, code: string): boolean {
  return typeof value === "object" && value !== null && "code" in value && value.code === code;
}

/** Turns whatever was thrown into an error. */
export function toError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value), { cause: value });
}
