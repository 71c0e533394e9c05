import type { Platform, SocketOptions } from "./options.ts";
import { EngineSocket } from "./socket.ts";
import { XHR } from "./transports/polling/xhr.ts";
import { WebSocket } from "./transports/websocket/browser.ts";
import { WebTransport } from "./transports/webtransport/webtransport.ts";

const transports = { polling: XHR, webtransport: WebTransport, websocket: WebSocket };
const platform: Platform = { transports, binaryType: "arraybuffer" };

/**
 * The function that pages get from the script `engine.io.js`: connects, by all transports there are.
 *
 * @example
 * const socket = eio("wss://example.com");
 */
export default function eio(uri?: string | SocketOptions | null, options?: SocketOptions): EngineSocket {
  return new EngineSocket(platform, uri, options);
}
