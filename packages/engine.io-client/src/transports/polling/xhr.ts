import type { CancelRequest, RequestListener } from "./polling.ts";
import { Polling, REQUEST_TIMEOUT } from "./polling.ts";

/** HTTP long-polling by the built-in `XMLHttpRequest`: browsers, workers, React Native. */
export class XHR extends Polling {
  protected readonly terms = ["xhr", "poll", "post"] as const;

  protected request(url: string, body: string | undefined, listener: RequestListener): CancelRequest {
    const { extraHeaders = {}, requestTimeout = 0, withCredentials = false } = this.options;
    const xhr = new XMLHttpRequest();
    const finish = (): void => {
      inFlight.delete(cancel);
      const { responseText, status } = xhr;
      if (status === 200) listener.onReply(responseText);
      else listener.onFailure(status, xhr, responseText);
    };
    const cancel = (): (() => void) => {
      xhr.onloadend = null;
      xhr.abort();
      inFlight.delete(cancel);
      return finish;
    };
    xhr.onloadend = finish;
    xhr.ontimeout = () => listener.onFailure(0, xhr, REQUEST_TIMEOUT);
    xhr.open(body === undefined ? "GET" : "POST", url);
    for (const name in extraHeaders) xhr.setRequestHeader(name, String(extraHeaders[name]));
    xhr.withCredentials = withCredentials;
    xhr.timeout = requestTimeout;
    xhr.send(body);
    inFlight.add(cancel);
    return cancel;
  }
}

/** Calls off one request, and returns what reports that it has failed. */
type Cancel = () => () => void;

const inFlight = new Set<Cancel>();

// browsers fail pending requests when the page goes away, which must not look like a lost connection unless it comes back
if (typeof addEventListener === "function" && typeof document === "object")
  addEventListener("pagehide", () => {
    const reports = Array.from(inFlight, (cancel) => cancel());
    addEventListener("pageshow", () => reports.forEach((report) => report()), { once: true });
  });
