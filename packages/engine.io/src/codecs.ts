import type { EngineCodec } from "@halyard/contracts";
import { codec } from "@halyard/engine.io-parser";
import { codecV3 } from "@halyard/engine.io-parser/v3";
import { protocolOf } from "./handshake.ts";
import type { Query } from "./request-query.ts";
import { JsonpCodec } from "./transports/jsonp-codec.ts";

/** The wire format of a protocol revision. */
export function codecOf(protocol: 3 | 4): EngineCodec {
  return protocol === 4 ? codec : codecV3;
}

/** The wire format of a client's polls and posts, by the query of its handshake. */
export function pollingCodecOf(query: Query): EngineCodec {
  const codec = codecOf(protocolOf(query));
  const { j: index } = query;
  return index === undefined ? codec : new JsonpCodec(codec, index);
}
