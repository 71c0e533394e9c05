import type { CancelRequest, RequestListener } from "./polling.ts";
import { Polling } from "./polling.ts";

/** HTTP long-polling by the built-in `fetch()`: browsers, service workers, Node.js, Deno, Bun. */
export class Fetch extends Polling {
  protected readonly terms = ["fetch", "read", "write"] as const;

  protected request(url: string, body: string | undefined, listener: RequestListener): CancelRequest {
    const { clock, cookieJar, given, requestTimeoutMs } = this.options;
    const controller = new AbortController();
    const limit = requestTimeoutMs > 0 ? clock.schedule(() => controller.abort(), requestTimeoutMs) : undefined;
    let cancelled = false;
    const headers = new Headers(given.extraHeaders);
    const cookies = cookieJar?.header();
    if (cookies !== undefined) headers.append("cookie", cookies);
    const exchange = async (): Promise<void> => {
      try {
        const credentials = given.withCredentials ? "include" : "omit";
        const method = body === undefined ? "GET" : "POST";
        const response = await fetch(url, {
          method,
          body: body ?? null,
          headers,
          credentials,
          signal: controller.signal,
        });
        cookieJar?.store(response.headers.getSetCookie());
        const text = response.ok ? await response.text() : undefined;
        if (cancelled) return;
        if (text === undefined) listener.onFailure(response.status, response);
        else listener.onReply(text);
      } catch (error) {
        if (!cancelled) listener.onFailure(error);
      } finally {
        limit?.cancel();
      }
    };
    void exchange();
    return () => {
      cancelled = true;
      controller.abort();
    };
  }
}
