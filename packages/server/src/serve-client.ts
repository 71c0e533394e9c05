import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { brotliCompress, deflate, gzip } from "node:zlib";
import { chooseEncoding } from "@halyard/core";
import cors, { type CorsOptions, type CorsOptionsDelegate } from "cors";
import manifest from "../package.json" with { type: "json" };
import type { NodeHttpServer } from "./http-host.ts";

const CLIENT_FILES: ReadonlySet<string> = new Set(
  ["socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js"].flatMap((file) => [
    file,
    `${file}.map`,
  ]),
);

/** The served files are those of this version; quoted as RFC 9110 wants it. */
const ETAG = `"${manifest.version}"`;

/** Content codings that files are served in, the best first. */
const CODINGS = ["br", "gzip", "deflate"] as const;
type ContentEncoding = (typeof CODINGS)[number];

const COMPRESS: Readonly<Record<ContentEncoding, (content: Uint8Array) => Promise<Buffer>>> = {
  br: promisify(brotliCompress),
  gzip: promisify(gzip),
  deflate: promisify(deflate),
};

/** What the served files may differ in. */
export interface ClientFilesOptions {
  /** Cross-origin access, as the engine's option of that name. */
  readonly cors?: CorsOptions | CorsOptionsDelegate<IncomingMessage> | false;
  /** Where the files are. @defaultValue those that come with the package */
  readonly directory?: URL;
}

/** Serves the browser client below a path; every other request goes to the listeners that the HTTP server had before. */
export function serveClientFiles(server: NodeHttpServer, path: string, options: ClientFilesOptions = {}): void {
  const files = new ClientFiles(options.directory ?? new URL("../client-dist/", import.meta.url));
  const allowOrigin = options.cors ? cors(options.cors) : undefined;
  const listeners = server.listeners("request");
  server.removeAllListeners("request");
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const name = fileBelow(path, request.url ?? "");
    if (name === undefined) for (const listener of listeners) listener.call(server, request, response);
    else if (allowOrigin === undefined) void files.serve(name, request, response);
    else allowOrigin(request, response, () => void files.serve(name, request, response));
  });
}

/** The name of a script or source map directly below the path. */
function fileBelow(path: string, url: string): string | undefined {
  if (!url.startsWith(`${path}/`)) return undefined;
  const [name = ""] = url.slice(path.length + 1).split("?", 1);
  return /^[^/]+\.js(?:\.map)?$/.test(name) ? name : undefined;
}

/** The client's files in memory, each coding made when it is first asked for. */
class ClientFiles {
  readonly #directory: URL;
  readonly #contents = new Map<string, Promise<Buffer>>();

  constructor(directory: URL) {
    this.#directory = directory;
  }

  async serve(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!CLIENT_FILES.has(name)) return endWith(response, 404);
    if (request.method !== "GET" && request.method !== "HEAD") return endWith(response, 405);
    if (isCurrent(request.headers["if-none-match"])) return endWith(response, 304);
    const encoding = chooseEncoding(request.headers["accept-encoding"]?.toString(), CODINGS);
    try {
      const content = await this.#read(name, encoding);
      response.setHeader("Cache-Control", "public, max-age=0");
      response.setHeader("Content-Type", contentType(name));
      response.setHeader("ETag", ETAG);
      response.appendHeader("Vary", "Accept-Encoding");
      response.setHeader("Content-Length", content.byteLength);
      if (encoding !== undefined) response.setHeader("Content-Encoding", encoding);
      response.writeHead(200).end(request.method === "HEAD" ? undefined : content);
    } catch {
      endWith(response, 404); // a server built without the client
    }
  }

  #read(name: string, encoding: ContentEncoding | undefined): Promise<Buffer> {
    const key = `${name} ${encoding ?? ""}`;
    const known = this.#contents.get(key);
    if (known !== undefined) return known;
    const content =
      encoding === undefined
        ? readFile(new URL(name, this.#directory))
        : this.#read(name, undefined).then(COMPRESS[encoding]);
    this.#contents.set(key, content);
    return content;
  }
}

function contentType(name: string): string {
  return `application/${name.endsWith(".map") ? "json" : "javascript"}; charset=utf-8`;
}

function isCurrent(ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(",").some((tag) => tag.trim().replace(/^W\//, "") === ETAG);
}

function endWith(response: ServerResponse, status: number): void {
  if (response.headersSent) return;
  response.writeHead(status).end();
}
