import { codedError, type CodedError } from "@halyard/core";
import type { ResolvedLimits } from "./limits.ts";

/** What a decoder throws: the peer broke the protocol or a limit, and its connection is to be closed. */
export function parseError(message: string, cause?: unknown): CodedError {
  return codedError("SOCKET_PARSE", message, cause);
}

/** What a decoder throws for a packet that would be fine if it were smaller; the message names the option to raise. */
export function limitError(limit: keyof ResolvedLimits): CodedError {
  return parseError(`packet exceeds ${limit}`);
}

/** What an encoder throws: the caller's data cannot be sent. */
export function encodeError(message: string, cause?: unknown): CodedError {
  return codedError("SOCKET_ENCODE", message, cause);
}
