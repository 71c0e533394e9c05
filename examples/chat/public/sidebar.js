// @ts-check

import { avatar, byId, make, paintAvatar, plural } from "./elements.js";
import { spellRoom } from "./protocol.js";

/**
 * @typedef {import("./protocol.js").Person} Person
 * @typedef {import("./protocol.js").RoomSummary} RoomSummary
 */

/** The list of rooms, with what is unread in each, and of the people in this one. */
export class Sidebar {
  #rooms = byId("rooms");
  #people = byId("people");

  /** @param {{ enter: (room: string) => void }} on */
  constructor(on) {
    this.#rooms.addEventListener("click", (event) => {
      const room = event.target instanceof Element ? event.target.closest("button")?.dataset["room"] : undefined;
      if (room !== undefined) on.enter(room);
    });
    byId("new-room", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      const input = byId("new-room-name", HTMLInputElement);
      const room = spellRoom(input.value);
      input.setCustomValidity(room === "" ? "A room's name needs a letter or a digit." : "");
      if (!input.reportValidity()) return;
      input.value = "";
      on.enter(room);
    });
    byId("new-room-name").addEventListener("input", () =>
      byId("new-room-name", HTMLInputElement).setCustomValidity(""),
    );
  }

  /**
   * @param {RoomSummary[]} rooms
   * @param {string} current
   * @param {(room: string) => number} unreadIn
   */
  drawRooms(rooms, current, unreadIn) {
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset["room"] : undefined;
    const all = rooms.some(({ name }) => name === current) ? rooms : [...rooms, { name: current, people: 0 }];
    this.#rooms.replaceChildren(...all.map((room) => roomItem(room, room.name === current, unreadIn(room.name))));
    byId("unread-elsewhere").hidden = all.every(({ name }) => name === current || unreadIn(name) === 0);
    if (focused !== undefined) {
      for (const button of this.#rooms.querySelectorAll("button"))
        if (button.dataset["room"] === focused) button.focus();
    }
  }

  /**
   * @param {Person[]} people
   * @param {string} ownId
   */
  drawPeople(people, ownId) {
    const others = people.filter(({ id }) => id !== ownId);
    const sorted = [...people.filter(({ id }) => id === ownId), ...others];
    this.#people.replaceChildren(...sorted.map((person) => personItem(person, person.id === ownId)));
    byId("people-count").textContent = `${people.length}`;
    byId("room-people").textContent =
      others.length === 0 ? "Only you are here" : `${plural(people.length, "person", "people")} here`;
  }

  /**
   * Takes back what was said about who is here.
   *
   * @param {string} instead
   */
  forgetPeople(instead) {
    this.#people.replaceChildren();
    byId("people-count").textContent = "";
    byId("room-people").textContent = instead;
  }

  /** @param {Person} person */
  drawMe(person) {
    paintAvatar(byId("me-avatar"), person);
    byId("me-name").textContent = person.name;
  }
}

/**
 * @param {RoomSummary} room
 * @param {boolean} current
 * @param {number} unread
 */
function roomItem({ name, people }, current, unread) {
  const button = make("button", { type: "button", "data-room": name });
  if (current) button.setAttribute("aria-current", "true");
  button.append(
    make("span", { class: "hash", "aria-hidden": "true" }, "#"),
    make("span", { class: "room-label" }, name),
  );
  if (unread > 0) {
    button.append(
      make("span", { class: "badge" }, unread > 99 ? "99+" : `${unread}`, make("span", { class: "hidden" }, " unread")),
    );
  } else if (people > 0) {
    button.append(make("span", { class: "room-count" }, `${people}`, make("span", { class: "hidden" }, " here")));
  }
  return make("li", {}, button);
}

/**
 * @param {Person} person
 * @param {boolean} isMe
 */
function personItem(person, isMe) {
  const name = make("span", { class: "person-name" }, person.name);
  return make("li", {}, avatar(person), name, ...(isMe ? [make("small", {}, "you")] : []));
}
