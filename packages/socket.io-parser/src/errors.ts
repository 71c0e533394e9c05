import type { DecoderLimits } from "@halyard/contracts";
import { codedError, type CodedError } from "@halyard/core";

/** What a decoder throws: the peer broke the protocol or a limit, and its connection is to be closed. */
export function parseError(message: string, cause?: unknown): CodedError {
  return codedError("SOCKET_PARSE", message, cause);
}

/** What a decoder throws for a packet that would be fine if it were smaller; the message names the option to raise. */
export function limitError(limit: keyof DecoderLimits): CodedError {
  return parseError(`packet exceeds ${limit}`);
}

/** What an encoder throws: the caller's data cannot be sent, and the cause says why. */
export function encodeError(cause: unknown): CodedError {
  return codedError("SOCKET_ENCODE", "invalid data", cause);
}
