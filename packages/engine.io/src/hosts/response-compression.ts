import { promisify } from "node:util";
import { deflate, gzip, type ZlibOptions } from "node:zlib";
import type { PayloadCompressor } from "../transports/polling.ts";

const gzipAsync = promisify<Uint8Array, ZlibOptions, Buffer>(gzip);
const deflateAsync = promisify<Uint8Array, ZlibOptions, Buffer>(deflate);

/** Makes the compressor of long-polling answers: gzip or deflate, from a number of bytes on. */
export function createCompressor(thresholdBytes: number, zlib: ZlibOptions): PayloadCompressor {
  return (body, acceptEncoding) => {
    const byteLength = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
    if (byteLength < thresholdBytes || acceptEncoding === undefined) return undefined;
    const encoding = preferredEncoding(acceptEncoding);
    if (encoding === undefined) return undefined;
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    const compress = encoding === "gzip" ? gzipAsync : deflateAsync;
    return compress(bytes, zlib).then((compressed) => ({ encoding, body: compressed }));
  };
}

/** Chooses between gzip and deflate by their weights in an `Accept-Encoding` header (RFC 9110, section 12.5.3). */
export function preferredEncoding(acceptEncoding: string): "gzip" | "deflate" | undefined {
  const weights = new Map<string, number>();
  for (const entry of acceptEncoding.split(",")) {
    const [name = "", ...parameters] = entry.split(";").map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith("q="));
    const weight = quality === undefined ? 1 : Number(quality.slice(2));
    weights.set(name, Number.isNaN(weight) ? 0 : weight);
  }
  const anyWeight = weights.get("*") ?? 0;
  const gzipWeight = weights.get("gzip") ?? anyWeight;
  const deflateWeight = weights.get("deflate") ?? anyWeight;
  if (gzipWeight <= 0 && deflateWeight <= 0) return undefined;
  return deflateWeight > gzipWeight ? "deflate" : "gzip";
}
