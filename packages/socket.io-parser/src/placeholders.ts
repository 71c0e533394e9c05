import type { EngineMessage } from "@halyard/contracts";
import { parseError } from "./errors.ts";

/** Bytes that travel beside the text of their packet. */
export type Attachment = Exclude<EngineMessage, string>;

/** A place in a packet's data that waits for an attachment. */
export interface Slot {
  readonly holder: object;
  readonly key: PropertyKey;
  readonly num: number;
}

/**
 * Finds the places where attachments belong, and checks that there is one for each and none for others.
 * @throws `SOCKET_PARSE`
 */
export function findSlots(data: readonly unknown[], count: number, maxDepth: number): readonly Slot[] {
  const slots: Slot[] = [];
  search(data, slots, count, maxDepth);
  for (let num = 0; num < count; num++)
    if (!slots.some((slot) => slot.num === num)) throw parseError("an attachment is announced that nothing refers to");
  return slots;
}

/** Puts the attachments in place; the data was decoded for this packet and belongs to nobody else yet. */
export function fillSlots(slots: readonly Slot[], attachments: readonly Attachment[]): void {
  for (const { holder, key, num } of slots) Reflect.set(holder, key, attachments[num]);
}

function search(holder: object, slots: Slot[], count: number, levels: number): void {
  // the text was measured before, but a reviver may have made anything of it
  if (levels === 0) throw parseError("data nested deeper than maxDepth");
  for (const [key, value] of Object.entries(holder)) {
    if (typeof value !== "object" || value === null) continue;
    if (value._placeholder === true) slots.push({ holder, key, num: checkNumber(value.num, count) });
    else search(value, slots, count, levels - 1);
  }
}

function checkNumber(num: unknown, count: number): number {
  if (typeof num === "number" && Number.isInteger(num) && num >= 0 && num < count) return num;
  throw parseError("a placeholder refers to an attachment that was not announced");
}
