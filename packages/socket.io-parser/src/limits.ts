import type { DecoderLimits } from "@halyard/contracts";
import { codedError } from "@halyard/core";

/** {@link DecoderLimits} with every default filled in. */
export type ResolvedLimits = Readonly<Required<DecoderLimits>>;

/** Nesting beyond which data is neither encoded nor, by default, decoded; the array of arguments counts as one level. */
export const MAX_DEPTH = 256;

const DEFAULT_LIMITS: ResolvedLimits = Object.freeze({
  maxAttachments: 10,
  maxPacketBytes: 10_000_000,
  maxDepth: MAX_DEPTH,
  maxArguments: 256,
  maxNamespaceLength: 255,
});

/**
 * Fills in the defaults.
 * @throws `INVALID_OPTION` for a limit that is not a number from 0 up; `Infinity` lifts it.
 */
export function resolveLimits(limits: DecoderLimits | undefined): ResolvedLimits {
  if (limits === undefined) return DEFAULT_LIMITS;
  const {
    maxAttachments = DEFAULT_LIMITS.maxAttachments,
    maxPacketBytes = DEFAULT_LIMITS.maxPacketBytes,
    maxDepth = DEFAULT_LIMITS.maxDepth,
    maxArguments = DEFAULT_LIMITS.maxArguments,
    maxNamespaceLength = DEFAULT_LIMITS.maxNamespaceLength,
  } = limits;
  const resolved = { maxAttachments, maxPacketBytes, maxDepth, maxArguments, maxNamespaceLength };
  for (const [name, value] of Object.entries(resolved))
    if (!(value >= 0)) throw codedError("INVALID_OPTION", `${name} must be a number from 0 up`);
  return resolved;
}
