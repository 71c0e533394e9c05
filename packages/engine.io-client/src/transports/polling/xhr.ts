import type { CancelRequest, RequestListener } from "./polling.ts";
import { Polling } from "./polling.ts";

/** HTTP long-polling by the built-in `XMLHttpRequest`: browsers, workers, React Native. */
export class XHR extends Polling {
  protected readonly terms = ["xhr", "poll", "post"] as const;

  protected request(url: string, body: string | undefined, listener: RequestListener): CancelRequest {
    const { extraHeaders = {}, requestTimeout = 0, withCredentials = false } = this.options;
    const xhr = new XMLHttpRequest();
    const cancel = (): void => {
      xhr.onloadend = null;
      xhr.abort();
      inFlight.delete(cancel);
    };
    xhr.onloadend = () => {
      inFlight.delete(cancel);
      const { responseText, status } = xhr;
      if (status === 200) listener.onReply(responseText);
      else listener.onFailure(status, xhr, responseText);
    };
    xhr.open(body === undefined ? "GET" : "POST", url);
    for (const name in extraHeaders) xhr.setRequestHeader(name, String(extraHeaders[name]));
    xhr.withCredentials = withCredentials;
    xhr.timeout = requestTimeout;
    xhr.send(body);
    inFlight.add(cancel);
    return cancel;
  }
}

const inFlight = new Set<CancelRequest>();

// browsers fail pending requests when the page goes away, which must not look like a lost connection
if (typeof addEventListener === "function" && typeof document === "object")
  addEventListener("pagehide", () => inFlight.forEach((cancel) => cancel()));
