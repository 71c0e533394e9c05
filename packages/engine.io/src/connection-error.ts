import type { IncomingMessage } from "node:http";

/** Why a request was refused, as the client is told. */
export const errors = {
  UNKNOWN_TRANSPORT: 0,
  UNKNOWN_SID: 1,
  BAD_HANDSHAKE_METHOD: 2,
  BAD_REQUEST: 3,
  FORBIDDEN: 4,
  UNSUPPORTED_PROTOCOL_VERSION: 5,
} as const;

/** A code of `Server.errors`. */
export type ErrorCode = (typeof errors)[keyof typeof errors];

/** The text that goes with each code. */
export const errorMessages: Readonly<Record<ErrorCode, string>> = {
  0: "Transport unknown",
  1: "Session ID unknown",
  2: "Bad handshake method",
  3: "Bad request",
  4: "Forbidden",
  5: "Unsupported protocol version",
};

/** A refused request. */
export interface Refusal {
  readonly code: ErrorCode;
  /** What is told to the server's own application, not to the client. */
  readonly context: Readonly<Record<string, unknown>>;
  /** Replaces the code's own text. */
  readonly message?: string;
  /** HTTP status, where it is not the usual one. */
  readonly status?: number;
}

/** The text of a refusal for the client. */
export function messageOf(refusal: Refusal): string {
  return refusal.message ?? errorMessages[refusal.code];
}

/** The HTTP status of a refusal. */
export function statusOf(refusal: Refusal): number {
  return refusal.status ?? (refusal.code === errors.FORBIDDEN ? 403 : 400);
}

/** Why a client could not connect. */
export interface ConnectionError {
  readonly req: IncomingMessage;
  readonly code: ErrorCode;
  readonly message: string;
  readonly context: Readonly<Record<string, unknown>>;
}

/** Takes the decision over a request: nothing if it is admitted, else why it is not. */
export type ErrorCallback = (
  code?: ErrorCode,
  context?: Record<string, unknown> & { name?: string; message?: string },
) => void;
