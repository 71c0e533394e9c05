import type { DecoderLimits } from "@halyard/contracts";
import { MAX_DEPTH } from "./max-depth.ts";

/** {@link DecoderLimits} with every default filled in. */
export type ResolvedLimits = Readonly<Required<DecoderLimits>>;

const resolved = new WeakMap<DecoderLimits, ResolvedLimits>();
const NO_LIMITS_GIVEN: DecoderLimits = {};

/** Fills in the defaults, once for each object of limits: there is a decoder for every connection. */
export function resolveLimits(limits: DecoderLimits = NO_LIMITS_GIVEN): ResolvedLimits {
  const known = resolved.get(limits);
  if (known !== undefined) return known;
  const complete = withDefaults(limits);
  resolved.set(limits, complete);
  return complete;
}

function withDefaults({
  maxAttachments = 10,
  maxPacketBytes = 10_000_000,
  maxDepth = MAX_DEPTH,
  maxArguments = 256,
  maxNamespaceLength = 255,
}: DecoderLimits): ResolvedLimits {
  return { maxAttachments, maxPacketBytes, maxDepth, maxArguments, maxNamespaceLength };
}
