/** Why a transport failed or ended. */
export class TransportError extends Error {
  readonly type = "TransportError";
  /** Stable, derived from the message: `XHR_POLL_ERROR`, `WEBSOCKET_ERROR`, … */
  readonly code: string;
  /** What is known besides: an HTTP status, an event, an error. */
  readonly description: unknown;
  /** The object at fault: a request, a response, a close event. */
  readonly context: unknown;
  /** Name of the transport whose probe failed; on `upgradeError` only. */
  transport?: string;

  constructor(message: string, description?: unknown, context?: unknown) {
    super(message);
    this.code = message.toUpperCase().replaceAll(" ", "_");
    this.description = description;
    this.context = context;
  }
}
