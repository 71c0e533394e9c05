import { hash } from "node:crypto";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";

/** Appended to the client's key (RFC 6455, section 1.3). */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** 16 bytes in base64. */
const KEY = /^[+/0-9A-Za-z]{22}==$/;
const ASCII = /^[\0-\x7f]*$/;

/**
 * The key of a handshake that is in order and asks for nothing but a connection (RFC 6455, section 4.2.1). Of any other it
 * returns nothing: the WebSocket library refuses it, or negotiates.
 */
export function plainKey({ method, headers }: IncomingMessage, compresses: boolean): string | undefined {
  const key = headers["sec-websocket-key"];
  const version = headers["sec-websocket-version"];
  const isPlain =
    method === "GET" &&
    key !== undefined &&
    KEY.test(key) &&
    (version === "13" || version === "8") &&
    headers.upgrade?.toLowerCase() === "websocket" &&
    headers["sec-websocket-protocol"] === undefined &&
    !(compresses && headers["sec-websocket-extensions"] !== undefined);
  return isPlain ? key : undefined;
}

/** The lines of the answer (section 4.2.2), to which others may be added. */
export function answerLines(key: string): string[] {
  const accept = hash("sha1", key + GUID, "base64");
  return [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${accept}`,
  ];
}

/** The answer as a latin1 string: one character is one byte on the wire. */
export function joinLines(lines: readonly string[]): string {
  const answer = `${lines.join("\r\n")}\r\n\r\n`;
  return ASCII.test(answer) ? answer : Buffer.from(answer).toString("latin1");
}

/** A handshake as the library needs it for a connection that has been answered before. */
export function createAnsweredRequest(): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.method = "GET";
  request.url = "/";
  request.headers = {
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": Buffer.alloc(16).toString("base64"),
  };
  return request;
}
