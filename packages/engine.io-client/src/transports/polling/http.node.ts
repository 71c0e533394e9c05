import http from "node:http";
import https from "node:https";
import type { Timer } from "@halyard/contracts";
import type { ResolvedOptions } from "../../options.ts";
import { connectionOptions } from "../node-options.node.ts";
import type { CancelRequest, RequestListener } from "./polling.ts";
import { Polling, REQUEST_TIMEOUT } from "./polling.ts";

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTS = 5;
/** What servers have always been told by clients in Node.js; some refuse requests that say nothing. */
const USER_AGENT = "node-XMLHttpRequest";

/**
 * HTTP long-polling by `node:http` and `node:https`, which know agents and TLS options that the built-in `fetch()` lacks.
 * Named as in `engine.io-client`.
 */
export class NodeXHR extends Polling {
  protected readonly terms = ["xhr", "poll", "post"] as const;

  protected request(url: string, body: string | undefined, listener: RequestListener): CancelRequest {
    const exchange = new Exchange(this.options, body, listener);
    exchange.start(url);
    return () => exchange.cancel();
  }
}

/** One HTTP exchange, with the redirects it may take. */
class Exchange {
  #settled = false;
  #redirects = 0;
  #origin = "";
  #request: http.ClientRequest | undefined;
  #limit: Timer | undefined;
  readonly #options: ResolvedOptions;
  readonly #body: string | undefined;
  readonly #listener: RequestListener;

  constructor(options: ResolvedOptions, body: string | undefined, listener: RequestListener) {
    this.#options = options;
    this.#body = body;
    this.#listener = listener;
  }

  start(target: string): void {
    const { clock, requestTimeout } = this.#options;
    if (requestTimeout)
      this.#limit = clock.schedule(() => this.#fail(0, REQUEST_TIMEOUT, undefined, REQUEST_TIMEOUT), requestTimeout);
    const url = new URL(target);
    this.#origin = url.origin;
    this.#send(url);
  }

  cancel(): void {
    this.#settled = true;
    this.#limit?.cancel();
    this.#request?.destroy();
  }

  #send(url: URL): void {
    const { autoUnref } = this.#options;
    const request = (url.protocol === "https:" ? https : http).request(url, {
      ...connectionOptions(this.#options),
      method: this.#body === undefined ? "GET" : "POST",
      headers: this.#headers(url),
    });
    this.#request = request;
    request.on("response", (response) => this.#onResponse(url, response));
    // also after a reset of a kept connection: the server may have seen the request, and what it answered would be lost
    request.on("error", (error) => this.#fail(0, error.message, error));
    if (autoUnref) request.on("socket", (socket) => void socket.unref());
    request.end(this.#body);
  }

  #headers(url: URL): http.OutgoingHttpHeaders {
    const headers: http.OutgoingHttpHeaders = { accept: "*/*", "user-agent": USER_AGENT };
    if (this.#body !== undefined) {
      headers["content-type"] = "text/plain;charset=UTF-8";
      headers["content-length"] = Buffer.byteLength(this.#body);
    }
    // what the application entrusts to one origin does not follow a redirect to another
    if (url.origin !== this.#origin) return headers;
    const cookies = this.#options.cookieJar?.header();
    if (cookies !== undefined) headers["cookie"] = cookies;
    return Object.assign(headers, this.#options.extraHeaders);
  }

  #onResponse(url: URL, response: http.IncomingMessage): void {
    const { statusCode: status = 0, statusMessage = "", headers } = response;
    if (url.origin === this.#origin) this.#options.cookieJar?.store(headers["set-cookie"]);
    if (REDIRECTS.has(status) && headers.location !== undefined && this.#redirects++ < MAX_REDIRECTS) {
      response.resume();
      return this.#send(new URL(headers.location, url));
    }
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("error", (error) => this.#fail(0, error.message, error));
    response.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      if (status !== 200) this.#fail(status, statusMessage, undefined, text);
      else if (this.#settle()) this.#listener.onReply(text);
    });
  }

  #fail(status: number, statusText: string, error?: Error, responseText = ""): void {
    if (!this.#settle()) return;
    this.#request?.destroy();
    this.#listener.onFailure(
      status,
      { status, statusText, responseText: status ? responseText : "", error },
      responseText,
    );
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#limit?.cancel();
    return true;
  }
}
