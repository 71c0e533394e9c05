// @ts-check
// What the two ends of the chat say to each other. Both import this file, so it holds nothing that only one of them has.

/** Bounds that the page explains to people and the server enforces. */
export const LIMITS = Object.freeze({
  nameLength: 24,
  roomLength: 24,
  textLength: 2000,
  pictureBytes: 512 * 1024,
});

/**
 * @typedef {{ readonly id: string, readonly name: string }} Person
 *
 * @typedef {object} Picture
 * @property {string} type A MIME type; the server finds it from the bytes.
 * @property {Uint8Array | ArrayBuffer} bytes Sent as binary, where it stands in the message.
 * @property {number} width
 * @property {number} height
 *
 * @typedef {object} Draft What a person sends.
 * @property {string} id Chosen by the sender, so that a message sent twice is kept once.
 * @property {string} room
 * @property {string} text
 * @property {Omit<Picture, "type">} [picture]
 *
 * @typedef {object} ChatMessage What everybody gets.
 * @property {string} id
 * @property {string} room
 * @property {Person} from
 * @property {string} text
 * @property {number} at Milliseconds since 1970, by the server's clock.
 * @property {Picture} [picture]
 * @property {boolean} [pictureGone] There was a picture, and the room no longer keeps it.
 *
 * @typedef {{ readonly name: string, readonly people: number }} RoomSummary
 * @typedef {{ readonly room: string, readonly people: Person[], readonly messages: ChatMessage[] }} RoomView
 * @typedef {{ readonly room: string, readonly since?: string }} RoomRequest `since` is the last message already seen.
 * @typedef {{ readonly key: string, readonly name: string } & RoomRequest} Visitor
 * @typedef {{ readonly id: string, readonly room: string, readonly count: number, readonly of: number }} Delivery
 */

/**
 * @template T
 * @typedef {(answer: { ok: true, value: T } | { ok: false, error: string }) => void} Reply
 */

/**
 * @typedef {object} ClientToServer
 * @property {(request: RoomRequest, reply: Reply<RoomView>) => void} enter
 * @property {(draft: Draft, reply: Reply<{ at: number }>) => void} post
 * @property {(name: string, reply: Reply<Person>) => void} rename
 * @property {(busy: boolean) => void} typing
 * @property {(reply: () => void) => void} echo
 *
 * @typedef {object} ServerToClient
 * @property {(welcome: { you: Person, view: RoomView }) => void} welcome
 * @property {(message: ChatMessage, receipt: (received: true) => void) => void} message
 * @property {(delivery: Delivery) => void} delivered
 * @property {(room: string) => void} activity Somebody wrote in a room you are not in.
 * @property {(rooms: RoomSummary[]) => void} rooms
 * @property {(presence: { room: string, people: Person[] }) => void} people
 * @property {(typing: { room: string, person: Person, busy: boolean }) => void} typing
 */

/**
 * Puts a room's name into its one spelling: `" Deck Chairs "` and `#deck-chairs` are the same room. Empty if nothing
 * usable is left.
 *
 * @param {string} name
 * @returns {string}
 */
export function spellRoom(name) {
  const words = name
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_-]+/gu, "-");
  return Array.from(words)
    .slice(0, LIMITS.roomLength)
    .join("")
    .replace(/^-+|-+$/g, "");
}

/**
 * Tidies a person's name: single spaces, nothing invisible, not too long. Empty if nothing is left.
 *
 * @param {string} name
 * @returns {string}
 */
export function spellName(name) {
  const visible = name
    .normalize("NFC")
    .replace(/[\p{C}\s]+/gu, " ")
    .trim();
  return Array.from(visible).slice(0, LIMITS.nameLength).join("").trim();
}
