// @ts-check
// Who is where, and what was said lately. All of it lives in memory, and all of it is bounded: at most
// 16 rooms × 6 pictures × 512 kB = 48 MB, however long the chat runs.

import { Refusal } from "./input.js";

const ROOMS = 16;
const MESSAGES_PER_ROOM = 50;
// Fewer than the 10 attachments that a stock client accepts in one packet, since a room's history travels as one.
const PICTURES_PER_ROOM = 6;

/**
 * @typedef {import("./public/protocol.js").Person} Person
 * @typedef {import("./public/protocol.js").ChatMessage} ChatMessage
 */

/** The rooms of the chat: a few that are always there, and those that people opened. */
export class Rooms {
  /** @type {Map<string, Room>} */
  #rooms = new Map();
  /** @type {ReadonlySet<string>} */
  #permanent;

  /** @param {readonly string[]} permanent */
  constructor(permanent) {
    this.#permanent = new Set(permanent);
    for (const name of permanent) this.#rooms.set(name, new Room(name));
  }

  /**
   * Gives the room of that name, opening it if there is none.
   *
   * @param {string} name
   * @returns {Room}
   */
  open(name) {
    const known = this.#rooms.get(name);
    if (known !== undefined) return known;
    if (this.#rooms.size >= ROOMS) this.#makeSpace();
    const room = new Room(name);
    this.#rooms.set(name, room);
    return room;
  }

  /** @returns {import("./public/protocol.js").RoomSummary[]} */
  summary() {
    return [...this.#rooms.values()].map((room) => ({ name: room.name, people: room.people().length }));
  }

  /** Closes the oldest room that people opened and then left. */
  #makeSpace() {
    for (const room of this.#rooms.values()) {
      if (this.#permanent.has(room.name) || room.people().length > 0) continue;
      this.#rooms.delete(room.name);
      return;
    }
    throw new Refusal(`All ${ROOMS} rooms are in use. Join one of them, or try again later.`);
  }
}

/** One room: the people in it and its last messages. */
export class Room {
  /** @type {Map<string, Person>} By connection: one person may have the chat open in two tabs. */
  #here = new Map();
  /** @type {ChatMessage[]} */
  #messages = [];

  /** @param {string} name */
  constructor(name) {
    this.name = name;
  }

  /**
   * @param {string} connection
   * @param {Person} person
   */
  enter(connection, person) {
    this.#here.set(connection, person);
  }

  /** @param {string} connection */
  leave(connection) {
    this.#here.delete(connection);
  }

  /** @returns {Person[]} */
  people() {
    return [...new Map([...this.#here.values()].map((person) => [person.id, person])).values()];
  }

  /** @param {ChatMessage} message */
  add(message) {
    this.#messages.push(message);
    if (this.#messages.length > MESSAGES_PER_ROOM) this.#messages.shift();
    const pictures = this.#messages.filter(({ picture }) => picture !== undefined);
    for (const old of pictures.slice(0, -PICTURES_PER_ROOM)) {
      delete old.picture;
      old.pictureGone = true;
    }
  }

  /**
   * @param {string} id
   * @returns {ChatMessage | undefined}
   */
  find(id) {
    return this.#messages.find((message) => message.id === id);
  }

  /**
   * Gives what came after a message, or everything the room still has if it no longer knows that one.
   *
   * @param {string | undefined} id
   * @returns {import("./public/protocol.js").RoomView}
   */
  viewSince(id) {
    const seen = this.#messages.findIndex((message) => message.id === id);
    return { room: this.name, people: this.people(), messages: this.#messages.slice(seen + 1) };
  }
}
