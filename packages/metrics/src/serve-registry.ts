import type { IncomingMessage, ServerResponse } from "node:http";

/** What can be served: a registry of `prom-client`. */
interface Servable {
  readonly contentType: string;
  metrics(): Promise<string>;
}

type Handler = (request: IncomingMessage, response: ServerResponse, next?: (error: unknown) => void) => void;

/** Makes a handler that answers with all metrics of a registry. */
export function serveRegistry(registry: Servable): Handler {
  return (request, response, next) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { allow: "GET, HEAD" }).end();
      return;
    }
    registry.metrics().then(
      (text) => {
        if (response.headersSent) return; // somebody else has answered meanwhile, such as a middleware that limits the time
        response.setHeader("content-type", registry.contentType);
        response.end(text);
      },
      (error: unknown) => (next ?? answerFailure(response))(error),
    );
  };
}

function answerFailure(response: ServerResponse): (error: unknown) => void {
  return (thrown) => {
    const { message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
    const warning = { type: "HalyardWarning", code: "METRICS_FAILED", detail: stack ?? message };
    process.emitWarning(`metrics could not be collected: ${message}`, warning);
    if (!response.headersSent)
      response.writeHead(500, { "content-type": "text/plain" }).end("metrics could not be collected\n");
  };
}
