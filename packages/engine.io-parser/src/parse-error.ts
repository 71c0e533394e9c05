import { codedError, type CodedError } from "@halyard/core";

/** The one error of all decoders: the peer sent something outside the grammar. */
export function parseError(message: string, cause?: unknown): CodedError {
  return codedError("ENGINE_PARSE", message, cause);
}
