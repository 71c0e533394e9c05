// @ts-check
// What the server and the pages say to each other, and how a stroke becomes bytes. Both sides load this file.

/**
 * @typedef {{
 *   draw: (strokes: Uint8Array) => void,
 *   clear: () => void,
 *   point: (x: number, y: number) => void,
 * }} ClientToServer
 *
 * @typedef {{
 *   board: (strokes: Uint8Array | ArrayBuffer) => void,
 *   draw: (strokes: Uint8Array | ArrayBuffer) => void,
 *   people: (count: number) => void,
 *   point: (id: string, x: number, y: number) => void,
 *   gone: (id: string) => void,
 * }} ServerToClient
 *
 * @typedef {{ colour: number, width: number, points: [x: number, y: number][] }} Stroke
 *   Coordinates are parts of the board's sides, from 0 to 1; the width is in pixels of a board of 1,000 by 1,000.
 */

export const COLOURS = ["#1f2933", "#c4314b", "#1a6fb5", "#237a3b", "#b25a00"];
export const MOST_POINTS = 1_000;

const MAX_WIDTH = 60;
const HEADER_BYTES = 4;
const POINT_BYTES = 4;
const SCALE = 65_535;

/**
 * Colour, width, number of points; then two numbers of 16 bits for each point. So several strokes can follow each other.
 *
 * @param {Stroke} stroke
 * @returns {Uint8Array}
 */
export function writeStroke({ colour, width, points }) {
  const bytes = new Uint8Array(HEADER_BYTES + points.length * POINT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, colour);
  view.setUint8(1, width);
  view.setUint16(2, points.length);
  points.forEach(([x, y], index) => {
    view.setUint16(HEADER_BYTES + index * POINT_BYTES, Math.round(clamp(x) * SCALE));
    view.setUint16(HEADER_BYTES + index * POINT_BYTES + 2, Math.round(clamp(y) * SCALE));
  });
  return bytes;
}

/**
 * @param {Uint8Array} bytes
 * @returns {Stroke[] | undefined} nothing if these are no strokes
 */
export function readStrokes(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const strokes = [];
  for (let at = 0; at < bytes.byteLength;) {
    if (bytes.byteLength - at < HEADER_BYTES) return undefined;
    const [colour, width, count] = [view.getUint8(at), view.getUint8(at + 1), view.getUint16(at + 2)];
    at += HEADER_BYTES;
    const isSound = colour < COLOURS.length && width > 0 && width <= MAX_WIDTH && count > 0 && count <= MOST_POINTS;
    if (!isSound || bytes.byteLength - at < count * POINT_BYTES) return undefined;
    /** @type {[number, number][]} */
    const points = [];
    for (const end = at + count * POINT_BYTES; at < end; at += POINT_BYTES)
      points.push([view.getUint16(at) / SCALE, view.getUint16(at + 2) / SCALE]);
    strokes.push({ colour, width, points });
  }
  return strokes;
}

/** @param {number} part */
function clamp(part) {
  return Math.min(1, Math.max(0, part));
}
