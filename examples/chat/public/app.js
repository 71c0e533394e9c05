// @ts-check

import { io } from "/socket.io/socket.io.esm.min.js";
import { Banner } from "./banner.js";
import { Composer } from "./composer.js";
import { ConnectionPanel } from "./connection-panel.js";
import { closeDrawers, wireDrawers } from "./drawers.js";
import { byId } from "./elements.js";
import { randomId, rememberedName, tabKey } from "./identity.js";
import { followLink } from "./link.js";
import { askName } from "./name-dialog.js";
import { Outbox } from "./outbox.js";
import { spellRoom } from "./protocol.js";
import { Sidebar } from "./sidebar.js";
import { Timeline } from "./timeline.js";
import { Transcript } from "./transcript.js";
import { TypingLine } from "./typing.js";

/**
 * @typedef {import("./protocol.js").ChatMessage} ChatMessage
 * @typedef {import("./protocol.js").RoomView} RoomView
 */

let me = { id: "", name: rememberedName() ?? "" };
let current = roomOfAddress();
/** @type {import("./protocol.js").RoomSummary[]} */
let rooms = [];
/** @type {Map<string, Transcript>} */
const transcripts = new Map();

/** @type {import("./link.js").ChatSocket} */
const socket = io({
  autoConnect: false,
  // Asked anew at each connection: after a reconnection the server puts us back where we are and sends what we missed.
  auth: (give) => give({ key: tabKey(), name: me.name, room: current, since: transcriptOf(current).newest() }),
  // Slow enough to watch, and to write something meanwhile.
  reconnectionDelay: 4000,
  reconnectionDelayMax: 10_000,
  randomizationFactor: 0.2,
});

const outbox = new Outbox(socket, (draft, progress) => {
  const line = transcriptOf(draft.room).find(draft.id);
  if (line === undefined) return;
  line.status = progress.state;
  line.error = progress.state === "failed" ? progress.error : undefined;
  if (progress.state === "sent") line.message.at = progress.at;
  if (draft.room === current) draw();
  drawWaiting();
});
const timeline = new Timeline(({ message }) => outbox.send(message));
const typing = new TypingLine();
const sidebar = new Sidebar({ enter: (room) => (location.hash = room) });
const composer = new Composer({
  send: say,
  typing: (busy) => socket.connected && socket.emit("typing", busy),
});
const panel = new ConnectionPanel(socket);
const banner = new Banner(socket);

followLink(socket, (link) => {
  panel.setLink(link);
  banner.setLink(link);
  if (link.state === "online") return;
  typing.clear();
  sidebar.forgetPeople(link.state === "connecting" ? "…" : "You are offline");
});

socket.on("welcome", ({ you, view }) => {
  me = you;
  sidebar.drawMe(me);
  show(view);
});
socket.on("message", (message, receipt) => {
  receipt(true);
  typing.set(message.from, false);
  if (!add(message)) return;
  if (message.room === current) {
    draw();
    timeline.noteArrival();
  }
  if (document.hidden || message.room !== current) noteUnread(message.room);
});
socket.on("delivered", ({ id, room, count, of }) => {
  const line = transcriptOf(room).find(id);
  if (line === undefined) return;
  Object.assign(line, { status: "delivered", delivery: { count, of } });
  if (room === current) draw();
});
socket.on("activity", noteUnread);
socket.on("rooms", (summary) => {
  rooms = summary;
  drawRooms();
});
socket.on("people", ({ room, people }) => room === current && sidebar.drawPeople(people, me.id));
socket.on("typing", ({ room, person, busy }) => room === current && typing.set(person, busy));

window.addEventListener("hashchange", () => enter(roomOfAddress()));
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) transcriptOf(current).unread = 0;
  drawRooms();
});
byId("rename").addEventListener("click", () => void rename());
wireDrawers();
await start();

async function start() {
  open(current);
  if (me.name === "") me = { ...me, name: await askName() };
  sidebar.drawMe(me);
  socket.connect();
  composer.focus();
}

/**
 * @param {string} text
 * @param {Omit<import("./protocol.js").Picture, "type">} [picture]
 * @param {string} [type]
 */
function say(text, picture, type = "") {
  const draft = { id: randomId(), room: current, text, ...(picture && { picture }) };
  const shown = { ...draft, from: me, at: Date.now(), picture: picture && { ...picture, type } };
  composer.endTyping();
  transcriptOf(current).add({ message: shown, own: true, status: "waiting" });
  outbox.send(draft);
  timeline.scrollToNewest("instant");
}

/** @param {string} room */
function enter(room) {
  closeDrawers();
  if (room === current) return;
  composer.endTyping();
  open(room);
  composer.focus();
  // Without a connection there is nobody to tell; the next one begins in this room.
  if (!socket.connected) return;
  socket.emit("enter", { room, since: transcriptOf(room).newest() }, (answer) => {
    if (answer.ok) show(answer.value);
    else sidebar.forgetPeople(answer.error);
  });
}

/**
 * Shows what this tab knows of a room; what the server knows follows.
 *
 * @param {string} room
 */
function open(room) {
  current = room;
  const transcript = transcriptOf(room);
  transcript.unread = 0;
  byId("room-name").textContent = room;
  byId("second-tab").setAttribute("href", `/#${room}`);
  typing.clear();
  sidebar.forgetPeople(socket.active && !socket.connected ? "You are offline" : "…");
  composer.setRoom(room);
  timeline.open(room, transcript.lines());
  drawRooms();
}

/** @param {RoomView} view */
function show({ room, people, messages }) {
  for (const message of messages) add(message);
  if (room !== current) return;
  sidebar.drawPeople(people, me.id);
  draw();
}

/**
 * @param {ChatMessage} message
 * @returns {boolean} whether it is new here
 */
function add(message) {
  outbox.arrived(message.id, message.at);
  const own = message.from.id === me.id;
  return transcriptOf(message.room).add({ message, own, status: own ? "sent" : undefined });
}

/** @param {string} room */
function noteUnread(room) {
  transcriptOf(room).unread += 1;
  drawRooms();
}

function draw() {
  timeline.draw(transcriptOf(current).lines());
}

function drawRooms() {
  sidebar.drawRooms(rooms, current, (room) => (room === current ? 0 : (transcripts.get(room)?.unread ?? 0)));
  const unread = [...transcripts.values()].reduce((sum, transcript) => sum + transcript.unread, 0);
  document.title = `${unread > 0 ? `(${unread}) ` : ""}#${current} · Halyard chat`;
}

function drawWaiting() {
  panel.setWaiting(outbox.size);
  banner.setWaiting(outbox.size);
}

async function rename() {
  const name = await askName(me.name);
  if (name === me.name) return;
  me = { ...me, name };
  sidebar.drawMe(me);
  if (socket.connected) socket.emit("rename", name, (answer) => answer.ok && (me = answer.value));
}

/**
 * @param {string} room
 * @returns {Transcript}
 */
function transcriptOf(room) {
  const known = transcripts.get(room);
  if (known !== undefined) return known;
  const transcript = new Transcript();
  transcripts.set(room, transcript);
  return transcript;
}

/** @returns {string} */
function roomOfAddress() {
  try {
    return spellRoom(decodeURIComponent(location.hash.slice(1))) || "lobby";
  } catch {
    return "lobby";
  }
}
