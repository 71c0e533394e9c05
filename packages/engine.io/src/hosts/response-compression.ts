import { promisify } from "node:util";
import { deflate, gzip, type ZlibOptions } from "node:zlib";
import { chooseEncoding } from "@halyard/core";
import type { PayloadCompressor } from "../transports/polling.ts";

const gzipAsync = promisify<Uint8Array, ZlibOptions, Buffer>(gzip);
const deflateAsync = promisify<Uint8Array, ZlibOptions, Buffer>(deflate);

/** Makes the compressor of long-polling answers: gzip or deflate, from a number of bytes on. */
export function createCompressor(thresholdBytes: number, zlib: ZlibOptions): PayloadCompressor {
  return (body, acceptEncoding) => {
    const byteLength = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
    if (byteLength < thresholdBytes) return undefined;
    const encoding = chooseEncoding(acceptEncoding, ["gzip", "deflate"]);
    if (encoding === undefined) return undefined;
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    const compress = encoding === "gzip" ? gzipAsync : deflateAsync;
    return compress(bytes, zlib).then((compressed) => ({ encoding, body: compressed }));
  };
}
