import { Decoder, Encoder, PacketType, protocol } from "./compat.ts";
import { pack } from "./pack.ts";
import { parser } from "./parser.ts";
import { unpack, type Bytes } from "./unpack.ts";

/** The module as one object, for `import parser from "…"`, as of the CommonJS module that this one stands in for. */
const whole: {
  readonly Decoder: typeof Decoder;
  readonly Encoder: typeof Encoder;
  readonly PacketType: typeof PacketType;
  readonly parser: typeof parser;
  readonly protocol: number;
} = { Decoder, Encoder, PacketType, parser, protocol };

export { Decoder, Encoder, pack, PacketType, parser, protocol, unpack, whole as default };
export type { Bytes };
