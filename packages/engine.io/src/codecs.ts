import type { EngineCodec } from "@halyard/contracts";
import { codec } from "@halyard/engine.io-parser";
import { codecV3 } from "@halyard/engine.io-parser/v3";

/** The wire format of a protocol revision. */
export function codecOf(protocol: 3 | 4): EngineCodec {
  return protocol === 4 ? codec : codecV3;
}
