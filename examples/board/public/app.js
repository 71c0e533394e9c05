// @ts-check
import { io } from "/socket.io/socket.io.esm.min.js";
import { COLOURS, MOST_POINTS, readStrokes, writeStroke } from "./protocol.js";

/**
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} type
 * @returns {T}
 */
function find(selector, type) {
  const element = document.querySelector(selector);
  if (!(element instanceof type)) throw new Error(`${selector} is missing`);
  return element;
}

const canvas = find("#canvas", HTMLCanvasElement);
const pointers = find("#pointers", HTMLElement);
const status = find("#status", HTMLElement);
const width = find("#width", HTMLInputElement);
const pen = canvas.getContext("2d");

for (const [index, colour] of COLOURS.entries()) {
  const choice = document.createElement("input");
  Object.assign(choice, { type: "radio", name: "colour", value: String(index), checked: index === 0 });
  choice.ariaLabel = ["Black", "Red", "Blue", "Green", "Orange"][index] ?? colour;
  choice.style.setProperty("--colour", colour);
  find("#colours", HTMLFieldSetElement).append(choice);
}

/**
 * @typedef {import("./protocol.js").ClientToServer} ClientToServer
 * @typedef {import("./protocol.js").ServerToClient} ServerToClient
 * @type {import("@halyard/client").Socket<ServerToClient, ClientToServer>}
 */
const socket = io({ auth: { board: location.hash.slice(1) || "lobby" } });
addEventListener("hashchange", () => location.reload());

socket.on("people", (count) => (status.textContent = count === 1 ? "You are alone here" : `${count} people are here`));
socket.on("disconnect", () => (status.textContent = "Reconnecting… what you draw is sent then"));
socket.on("connect_error", (error) => (status.textContent = error.message));
// after a reconnection, too: the board comes as it is by then
socket.on("board", (bytes) => {
  pen?.clearRect(0, 0, canvas.width, canvas.height);
  draw(bytes);
});
socket.on("draw", draw);
socket.on("point", (id, x, y) => {
  const dot = document.querySelector(`#pointers [data-id="${CSS.escape(id)}"]`) ?? document.createElement("span");
  if (!(dot instanceof HTMLElement)) return;
  dot.dataset["id"] = id;
  dot.style.translate = `${x * canvas.clientWidth}px ${y * canvas.clientHeight}px`;
  pointers.append(dot);
});
socket.on("gone", (id) => document.querySelector(`#pointers [data-id="${CSS.escape(id)}"]`)?.remove());
find("#clear", HTMLButtonElement).addEventListener("click", () => socket.emit("clear"));

/** @param {Uint8Array | ArrayBuffer} bytes In browsers binary comes as an ArrayBuffer. */
function draw(bytes) {
  if (pen === null) return;
  for (const { colour, width: size, points } of readStrokes(new Uint8Array(bytes)) ?? []) {
    Object.assign(pen, { strokeStyle: COLOURS[colour], lineWidth: size, lineCap: "round", lineJoin: "round" });
    pen.beginPath();
    // a line from the first point to itself is a dot
    for (const [x, y] of [...points.slice(0, 1), ...points]) pen.lineTo(x * canvas.width, y * canvas.height);
    pen.stroke();
  }
}

/** @type {[x: number, y: number][]} The stroke under the pointer, from where the others have seen it. */
let points = [];

canvas.addEventListener("pointerdown", (event) => {
  canvas.setPointerCapture(event.pointerId);
  points = [placeOf(event)];
});
canvas.addEventListener("pointermove", (event) => {
  if (points.length > 0) points.push(...event.getCoalescedEvents().map(placeOf), placeOf(event));
  socket.volatile.emit("point", ...placeOf(event)); // where the pointer was a moment ago interests nobody
});
for (const end of ["pointerup", "pointercancel"])
  canvas.addEventListener(end, () => {
    share();
    points = [];
  });
requestAnimationFrame(function eachFrame() {
  if (points.length > 1) share();
  requestAnimationFrame(eachFrame);
});

/** Draws what is new here and on all other boards; the next piece goes on where this one ends. */
function share() {
  const colour = Number(find("input[name=colour]:checked", HTMLInputElement).value);
  while (points.length > 0) {
    const piece = points.slice(0, MOST_POINTS);
    const bytes = writeStroke({ colour, width: Number(width.value), points: piece });
    draw(bytes);
    socket.emit("draw", bytes);
    points = points.slice(piece.length - 1);
    if (points.length === 1) return;
  }
}

/** @param {PointerEvent} event @returns {[x: number, y: number]} */
function placeOf({ clientX, clientY }) {
  const { left, top, width: across, height: down } = canvas.getBoundingClientRect();
  return [(clientX - left) / across, (clientY - top) / down];
}
