export { Decoder, Encoder, PacketType, protocol } from "./compat.ts";
export { parser } from "./parser.ts";
