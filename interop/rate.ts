import { setInterval } from "node:timers/promises";

/**
 * Turns that come so many times a second, for as long as the loop over them goes on. For tests of what goes on under steady traffic, or
 * takes longer than something else; not for waiting until something has happened.
 */
export async function* timesPerSecond(rate: number): AsyncGenerator<void> {
  for await (const _ of setInterval(1_000 / rate)) yield;
}
