import { codedError, type CodedError } from "@halyard/core";

/** What a decoder throws: the peer broke the protocol or a limit, and its connection is to be closed. */
export function parseError(message: string, cause?: unknown): CodedError {
  return codedError("SOCKET_PARSE", message, cause);
}

/** What an encoder throws: the caller's data cannot be sent. */
export function encodeError(message: string, cause?: unknown): CodedError {
  return codedError("SOCKET_ENCODE", message, cause);
}
