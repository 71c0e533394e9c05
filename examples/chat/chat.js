// @ts-check

import { Allowance } from "./allowance.js";
import { readDraft, readName, readRoomRequest, readVisitor, Refusal } from "./input.js";
import { Rooms } from "./rooms.js";

const PERMANENT_ROOMS = ["lobby", "random", "pictures"];
const MOST_VISITORS = 200;
/** How long a tab has to confirm a message before it no longer counts as delivered there. */
const RECEIPT_MS = 5000;

/**
 * @typedef {import("./public/protocol.js").ClientToServer} ClientToServer
 * @typedef {import("./public/protocol.js").ServerToClient} ServerToClient
 * @typedef {import("./public/protocol.js").Person} Person
 * @typedef {{ person: Person, request: import("./public/protocol.js").RoomRequest }} Visit
 * @typedef {import("@halyard/server").Server<ClientToServer, ServerToClient, {}, Visit>} ChatServer
 * @typedef {import("@halyard/server").Socket<ClientToServer, ServerToClient, {}, Visit>} ChatSocket
 */

/**
 * Lets people in and passes on what they say.
 *
 * @param {ChatServer} io
 */
export function startChat(io) {
  const rooms = new Rooms(PERMANENT_ROOMS);
  io.use((socket, next) => {
    try {
      if (io.of("/").sockets.size >= MOST_VISITORS) throw new Refusal("The chat is full. Please try again later.");
      Object.assign(socket.data, readVisitor(socket.handshake.auth));
      next();
    } catch (error) {
      next(new Error(explain(error)));
    }
  });
  io.on("connection", (socket) => new Visitor(io, socket, rooms).arrive());
}

/** One connection: the room it is in, and what it may do. */
class Visitor {
  #io;
  #socket;
  #rooms;
  /** @type {import("./rooms.js").Room | undefined} */
  #room;
  #allowance = new Allowance({ burst: 40, perSecond: 4 });
  #typingAllowance = new Allowance({ burst: 20, perSecond: 4 });

  /**
   * @param {ChatServer} io
   * @param {ChatSocket} socket
   * @param {Rooms} rooms
   */
  constructor(io, socket, rooms) {
    this.#io = io;
    this.#socket = socket;
    this.#rooms = rooms;
  }

  arrive() {
    const socket = this.#socket;
    socket.on("enter", (request, reply) => this.#answer(reply, () => this.#enter(readRoomRequest(request))));
    socket.on("post", (draft, reply) => this.#answer(reply, () => this.#post(readDraft(draft))));
    socket.on("rename", (name, reply) => this.#answer(reply, () => this.#rename(readName(name))));
    socket.on("typing", (busy) => this.#typing(busy === true));
    socket.on("echo", (reply) => typeof reply === "function" && reply());
    socket.on("disconnect", () => this.#leave());
    this.#answer(
      (answer) => answer.ok && socket.emit("welcome", { you: socket.data.person, view: answer.value }),
      () => this.#enter(this.#socket.data.request),
    );
  }

  /** @param {import("./public/protocol.js").RoomRequest} request */
  #enter({ room: name, since }) {
    const room = this.#rooms.open(name);
    if (room !== this.#room) {
      this.#leave();
      this.#room = room;
      room.enter(this.#socket.id, this.#socket.data.person);
      this.#socket.join(channel(room));
      this.#announce(room);
    }
    return room.viewSince(since);
  }

  #leave() {
    const room = this.#room;
    if (room === undefined) return;
    this.#room = undefined;
    this.#socket.leave(channel(room));
    room.leave(this.#socket.id);
    this.#announce(room);
  }

  /** @param {ReturnType<typeof readDraft>} draft */
  #post(draft) {
    const room = this.#rooms.open(draft.room);
    // Sent again because its answer was lost with the connection: it is already there.
    const known = room.find(draft.id);
    if (known !== undefined) return { at: known.at };
    const from = this.#socket.data.person;
    const message = { ...draft, from, at: Date.now() };
    room.add(message);
    const audience = this.#socket.to(channel(room)).timeout(RECEIPT_MS);
    const of = room.people().filter(({ id }) => id !== from.id).length;
    audience.emit("message", message, (_late, receipts) => {
      const count = Math.min(receipts.length, of);
      if (of > 0) this.#socket.emit("delivered", { id: message.id, room: room.name, count, of });
    });
    this.#socket.broadcast.except(channel(room)).emit("activity", room.name);
    return { at: message.at };
  }

  /** @param {string} name */
  #rename(name) {
    const person = { ...this.#socket.data.person, name };
    this.#socket.data.person = person;
    this.#room?.enter(this.#socket.id, person);
    if (this.#room !== undefined) this.#announce(this.#room);
    return person;
  }

  /** @param {boolean} busy */
  #typing(busy) {
    const room = this.#room;
    if (room === undefined || !this.#typingAllowance.take()) return;
    this.#socket.to(channel(room)).emit("typing", { room: room.name, person: this.#socket.data.person, busy });
  }

  /** @param {import("./rooms.js").Room} room */
  #announce(room) {
    this.#io.to(channel(room)).emit("people", { room: room.name, people: room.people() });
    this.#io.emit("rooms", this.#rooms.summary());
  }

  /**
   * Does what was asked and answers with the result, or with the reason why not.
   *
   * @template T
   * @param {import("./public/protocol.js").Reply<T>} reply
   * @param {() => T} act
   */
  #answer(reply, act) {
    if (typeof reply !== "function") return;
    try {
      if (!this.#allowance.take()) throw new Refusal("That was a lot at once. Wait a moment, then try again.");
      reply({ ok: true, value: act() });
    } catch (error) {
      reply({ ok: false, error: explain(error) });
    }
  }
}

/**
 * Names the broadcast room of a chat room; the prefix keeps it apart from the room each connection has of its own.
 *
 * @param {import("./rooms.js").Room} room
 */
function channel(room) {
  return `room:${room.name}`;
}

/**
 * @param {unknown} error
 * @returns {string}
 */
function explain(error) {
  if (error instanceof Refusal) return error.message;
  console.error(error);
  return "Something went wrong on the server.";
}
