// @ts-check
// Everything a client sends is `unknown` until one of these functions has read it.

import { createHash } from "node:crypto";
import { LIMITS, spellName, spellRoom } from "./public/protocol.js";

/** A refusal whose message is meant for the person who asked. */
export class Refusal extends Error {}

/**
 * Reads who is connecting, from the handshake. A person's public id is a hash of the key their tab holds: it stays the
 * same when they reconnect, and nobody else can claim it.
 *
 * @param {unknown} value
 * @returns {{ person: import("./public/protocol.js").Person, request: import("./public/protocol.js").RoomRequest }}
 */
export function readVisitor(value) {
  const { key, name } = fields(value);
  if (typeof key !== "string" || !/^[\w-]{16,64}$/.test(key)) throw new Refusal("Please reload the page.");
  const id = createHash("sha256").update(key).digest("base64url").slice(0, 16);
  return { person: { id, name: readName(name) }, request: readRoomRequest(value) };
}

/**
 * @param {unknown} value
 * @returns {string}
 */
export function readName(value) {
  const name = typeof value === "string" && value.length < 500 ? spellName(value) : "";
  if (name === "") throw new Refusal("Please choose a name.");
  return name;
}

/**
 * @param {unknown} value
 * @returns {import("./public/protocol.js").RoomRequest}
 */
export function readRoomRequest(value) {
  const { room, since } = fields(value);
  return { room: readRoom(room), since: isMessageId(since) ? since : undefined };
}

/**
 * @param {unknown} value
 * @returns {import("./public/protocol.js").Draft & { picture?: import("./public/protocol.js").Picture }}
 */
export function readDraft(value) {
  const { id, room, text, picture } = fields(value);
  if (!isMessageId(id)) throw new Refusal("That message has no proper id.");
  if (typeof text !== "string") throw new Refusal("That message has no text.");
  if (text.length > LIMITS.textLength) {
    throw new Refusal(`That message is too long: ${text.length} characters of at most ${LIMITS.textLength}.`);
  }
  const draft = { id, room: readRoom(room), text: text.replace(/[^\P{Cc}\n\t]/gu, "").trim() };
  if (picture !== undefined) return { ...draft, picture: readPicture(picture) };
  if (draft.text === "") throw new Refusal("That message is empty.");
  return draft;
}

/**
 * @param {unknown} value
 * @returns {import("./public/protocol.js").Picture}
 */
function readPicture(value) {
  const { bytes, width, height } = fields(value);
  if (!(bytes instanceof Uint8Array)) throw new Refusal("A picture has to be sent as binary.");
  if (bytes.byteLength > LIMITS.pictureBytes) {
    throw new Refusal(`That picture is too large: pictures can be at most ${LIMITS.pictureBytes / 1024} kB.`);
  }
  const type = pictureType(bytes);
  if (type === undefined) throw new Refusal("That file is not a PNG, JPEG, GIF, WebP or AVIF picture.");
  if (!isSide(width) || !isSide(height)) throw new Refusal("That picture has no proper size.");
  return { type, bytes, width, height };
}

/**
 * Names a picture's type from its first bytes; what the sender calls it counts for nothing.
 *
 * @param {Uint8Array} bytes
 * @returns {string | undefined}
 */
function pictureType(bytes) {
  const head = Buffer.from(bytes.subarray(0, 12)).toString("latin1");
  if (head.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (head.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (head.startsWith("GIF87a") || head.startsWith("GIF89a")) return "image/gif";
  if (head.startsWith("RIFF") && head.endsWith("WEBP")) return "image/webp";
  if (head.slice(4) === "ftypavif") return "image/avif";
  return undefined;
}

/**
 * @param {unknown} value
 * @returns {string}
 */
function readRoom(value) {
  const room = typeof value === "string" && value.length < 500 ? spellRoom(value) : "";
  if (room === "") throw new Refusal("A room's name needs a letter or a digit.");
  return room;
}

/**
 * @param {unknown} value
 * @returns {value is string}
 */
function isMessageId(value) {
  return typeof value === "string" && /^[\w-]{8,40}$/.test(value);
}

/**
 * @param {unknown} value
 * @returns {value is number}
 */
function isSide(value) {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 20_000;
}

/**
 * @param {unknown} value
 * @returns {Record<string, unknown>}
 */
function fields(value) {
  return typeof value === "object" && value !== null ? /** @type {Record<string, unknown>} */ (value) : {};
}
