/** Codes of what servers answer in place of packets (Engine.IO protocol, "HTTP errors"), by the number in the answer. */
const CODES = [
  "TRANSPORT_UNKNOWN",
  "SESSION_ID_UNKNOWN",
  "BAD_HANDSHAKE_METHOD",
  "BAD_REQUEST",
  "FORBIDDEN",
  "UNSUPPORTED_PROTOCOL_VERSION",
];

/** Finds the code of a refused request, if its HTTP status or the answer's text tells more than that it failed. */
export function codeOfAnswer(status: unknown, text = ""): string | undefined {
  if (status === 404) return "WRONG_PATH";
  if (status === 413) return "PAYLOAD_TOO_LARGE";
  return CODES[Number(/^{"code":(\d)/.exec(text)?.[1])];
}
