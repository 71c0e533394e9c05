import type { CancelRequest, RequestListener } from "./polling.ts";
import { Polling, REQUEST_TIMEOUT } from "./polling.ts";

/** HTTP long-polling by the built-in `fetch()`: browsers, service workers, Node.js, Deno, Bun. */
export class Fetch extends Polling {
  protected readonly terms = ["fetch", "read", "write"] as const;

  protected fetch(url: string, request: RequestInit): Promise<Response> {
    return fetch(url, request);
  }

  protected request(url: string, body: string | undefined, listener: RequestListener): CancelRequest {
    const { clock, extraHeaders, requestTimeout, withCredentials } = this.options;
    const controller = new AbortController();
    let reason: string | undefined;
    const onTimeout = (): void => {
      reason = REQUEST_TIMEOUT;
      controller.abort();
    };
    const limit = requestTimeout && clock.schedule(onTimeout, requestTimeout);
    let cancelled = false;
    const request: RequestInit = {
      method: body === undefined ? "GET" : "POST",
      body: body ?? null,
      headers: { ...extraHeaders },
      credentials: withCredentials ? "include" : "omit",
      signal: controller.signal,
    };
    const exchange = async (): Promise<void> => {
      try {
        const response = await this.fetch(url, request);
        const text = await response.text();
        if (cancelled) return;
        if (response.ok) listener.onReply(text);
        else listener.onFailure(response.status, response, text);
      } catch (error) {
        if (!cancelled) listener.onFailure(error, undefined, reason);
      }
      if (limit) limit.cancel();
    };
    void exchange();
    return () => {
      cancelled = true;
      controller.abort();
    };
  }
}
