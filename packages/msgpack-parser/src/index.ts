import { Decoder, Encoder, PacketType, protocol } from "./compat.ts";
import { parser } from "./parser.ts";

/** The module as one object, for `import parser from "…"`, as of the CommonJS module that this one stands in for. */
const whole: {
  readonly Decoder: typeof Decoder;
  readonly Encoder: typeof Encoder;
  readonly PacketType: typeof PacketType;
  readonly parser: typeof parser;
  readonly protocol: number;
} = { Decoder, Encoder, PacketType, parser, protocol };

export { Decoder, Encoder, PacketType, parser, protocol, whole as default };
