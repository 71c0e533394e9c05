import type { EngineMessage } from "@halyard/contracts";

/** Numbers from 0 to 1 that are the same in each run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Changes a message in one to four places: a unit is replaced, inserted, dropped, or a part is repeated or cut off. */
export function mutate(message: EngineMessage, random: () => number): EngineMessage {
  const text = typeof message === "string";
  let units = text ? Array.from({ length: message.length }, (_, index) => message.charCodeAt(index)) : [...message];
  const times = 1 + pick(4, random);
  for (let time = 0; time < times; time++) units = change(units, text, random);
  return text ? String.fromCharCode(...units) : Uint8Array.from(units);
}

function change(units: number[], text: boolean, random: () => number): number[] {
  const at = pick(units.length + 1, random);
  const before = units.slice(0, at);
  switch (pick(5, random)) {
    case 0:
      return [...before, unit(text, random), ...units.slice(at + 1)];
    case 1:
      return [...before, unit(text, random), ...units.slice(at)];
    case 2:
      return [...before, ...units.slice(at + 1)];
    case 3:
      return [...before, ...units.slice(pick(at + 1, random))];
    default:
      return before;
  }
}

function unit(text: boolean, random: () => number): number {
  if (!text) return pick(256, random);
  // mostly characters that mean something to the formats
  return random() < 0.8 ? SIGNIFICANT.charCodeAt(pick(SIGNIFICANT.length, random)) : pick(0x1_0000, random);
}

function pick(below: number, random: () => number): number {
  return Math.floor(random() * below);
}

const SIGNIFICANT = '0123456789-+.eE/,:[]{}"\\b \x1e\ufeff_num';
