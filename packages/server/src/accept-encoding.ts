/** Content codings that files are served in, the best first. */
export type ContentEncoding = "br" | "gzip" | "deflate";

const PREFERRED: readonly ContentEncoding[] = ["br", "gzip", "deflate"];

/** Picks the coding that a client wants most (RFC 9110, 12.5.3); `undefined` is none. */
export function chooseEncoding(accept: string | undefined): ContentEncoding | undefined {
  if (accept === undefined) return undefined;
  const weights = new Map(accept.split(",").map(readWeight));
  const weightOf = (coding: string): number => weights.get(coding) ?? weights.get("*") ?? 0;
  let best: ContentEncoding | undefined;
  for (const coding of PREFERRED) if (weightOf(coding) > (best === undefined ? 0 : weightOf(best))) best = coding;
  return best;
}

function readWeight(part: string): [coding: string, weight: number] {
  const [coding = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith("q="));
  const weight = quality === undefined ? 1 : Number(quality.slice(2));
  return [coding, Number.isNaN(weight) ? 0 : weight];
}
