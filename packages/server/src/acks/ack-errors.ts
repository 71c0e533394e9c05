import { codedError, type CodedError } from "@halyard/core";

/** Makes the error of an acknowledgement that did not come within `timeout()`: code `ACK_TIMEOUT`. */
export function ackTimeout(): CodedError {
  return codedError("ACK_TIMEOUT", "operation has timed out");
}

/** Makes the error of an acknowledgement whose socket is gone: code `ACK_DISCONNECTED`. */
export function ackDisconnected(): CodedError {
  return codedError("ACK_DISCONNECTED", "socket has been disconnected");
}

/** Makes the error of one acknowledgement too many: code `ACK_LIMIT`. */
export function ackLimit(max: number): CodedError {
  return codedError(
    "ACK_LIMIT",
    `the socket already waits for ${max} acknowledgements; use timeout(), or raise the server option maxPendingAcks`,
  );
}
