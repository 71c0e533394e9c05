/** Why a transport failed or ended. */
export class TransportError extends Error {
  readonly type = "TransportError";
  /** Stable: made of the message (`XHR_POLL_ERROR`, `WEBSOCKET_ERROR`, …), or of what the server answered. */
  declare readonly code: string;
  /** What is known besides: an HTTP status, an event, an error. */
  declare readonly description: unknown;
  /** The object at fault: a request, a response, a close event. */
  declare readonly context: unknown;
  /** Name of the transport whose probe failed; on `upgradeError` only. */
  declare transport?: string;

  /** @param said what tells more than the message does; the code is made of it, if there is any. */
  constructor(message: string, description?: unknown, context?: unknown, said?: string) {
    super(message);
    this.code = (said || message).toUpperCase().replaceAll(" ", "_");
    this.description = description ?? message;
    this.context = context;
  }
}
