/** Why a transport failed or ended. */
export class TransportError extends Error {
  readonly type = "TransportError";
  /** Stable: made of the message (`XHR_POLL_ERROR`, `WEBSOCKET_ERROR`, …), or what the server's answer tells. */
  readonly code: string;
  /** What is known besides: an HTTP status, an event, an error. */
  readonly description: unknown;
  /** The object at fault: a request, a response, a close event. */
  readonly context: unknown;
  /** Name of the transport whose probe failed; on `upgradeError` only. */
  transport?: string;

  constructor(message: string, description?: unknown, context?: unknown, code?: string) {
    super(message);
    this.code = code ?? message.toUpperCase().replaceAll(" ", "_");
    this.description = description;
    this.context = context;
  }
}
