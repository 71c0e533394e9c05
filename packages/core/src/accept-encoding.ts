/**
 * Picks the content coding that a client wants most (RFC 9110, section 12.5.3) of those that can be had, the best of these
 * first; `undefined` if it wants none of them.
 *
 * @example
 * chooseEncoding("gzip;q=0.8, br", ["br", "gzip"]); // "br"
 */
export function chooseEncoding<Coding extends string>(
  accept: string | undefined,
  available: readonly Coding[],
): Coding | undefined {
  if (accept === undefined) return undefined;
  const weights = new Map(accept.split(",").map(readWeight));
  let best: Coding | undefined;
  let bestWeight = 0;
  for (const coding of available) {
    const weight = weights.get(coding) ?? weights.get("*") ?? 0;
    if (weight <= bestWeight) continue;
    best = coding;
    bestWeight = weight;
  }
  return best;
}

function readWeight(part: string): [coding: string, weight: number] {
  const [coding = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith("q="));
  const weight = quality === undefined ? 1 : Number(quality.slice(2));
  return [coding, Number.isNaN(weight) ? 0 : weight];
}
