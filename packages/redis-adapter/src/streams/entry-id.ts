/** The place before all entries of a stream. */
export const START = "0-0";

/** Whether a text can be the place of an entry. */
export function isEntryId(text: string): boolean {
  return /^\d+-\d+$/.test(text);
}

/** Compares the places of two entries: negative if the first comes first. */
export function compareIds(first: string, second: string): number {
  const [ms = 0, sequence = 0] = first.split("-").map(Number);
  const [otherMs = 0, otherSequence = 0] = second.split("-").map(Number);
  return ms - otherMs || sequence - otherSequence;
}

/** The place so many milliseconds before an entry. */
export function idBefore(id: string, ms: number): string {
  return ms > 0 ? `${Math.max(0, Number.parseInt(id, 10) - ms)}-0` : id;
}
