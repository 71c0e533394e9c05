export {
  createPacketDecoderStream,
  createPacketEncoderStream,
  decodePacket,
  decodePayload,
  encodePacket,
  encodePayload,
} from "./functions/functions.browser.ts";
export { protocol, type BinaryType, type Packet, type PacketType, type RawData } from "./functions/packet.ts";
export { codec, decodeBody, decodeFrame, encodeBody, encodeFrame } from "./v4/codec.browser.ts";
export { FrameDecoder } from "./webtransport/frame-decoder.ts";
export { encodeFrameHeader } from "./webtransport/frame-header.ts";
