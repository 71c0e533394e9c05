import { Fetch as BrowserFetch } from "./fetch.ts";

/** HTTP long-polling by the built-in `fetch()`, which in Node.js keeps no cookies by itself. */
export class Fetch extends BrowserFetch {
  /** Makes one request, with the cookies of the session. */
  protected override async fetch(url: string, request: RequestInit): Promise<Response> {
    const { cookieJar } = this.options;
    const cookie = cookieJar?.header();
    const headers = Object.assign({}, request.headers, cookie && { cookie });
    const response = await super.fetch(url, { ...request, headers });
    cookieJar?.store(response.headers.getSetCookie());
    return response;
  }
}
