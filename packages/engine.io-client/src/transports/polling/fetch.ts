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
    const cookie = cookieJar?.header();
    const request: RequestInit = {
      method: body === undefined ? "GET" : "POST",
      body: body ?? null,
      headers: { ...given.extraHeaders, ...(cookie && { cookie }) },
      credentials: given.withCredentials ? "include" : "omit",
      signal: controller.signal,
    };
    const exchange = async (): Promise<void> => {
      try {
        const response = await fetch(url, request);
        cookieJar?.store(response.headers.getSetCookie());
        const text = response.ok && (await response.text());
        if (cancelled) return;
        if (text === false) listener.onFailure(response.status, response);
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
