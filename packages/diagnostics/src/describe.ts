/** Addresses are personal data: logs do without, those who want them subscribe. */
const UNSAID: ReadonlySet<string> = new Set(["address"]);

/** Who knows the whole id of a connection can send in its client's name. */
const ID_CHARS = 6;

/** Clients choose some names, as long as they like. */
const MAX_TEXT_CHARS = 100;

/** Text that needs no quotation marks. */
const PLAIN = /^[\w./:#@+-]+$/;

/** Writes a message as one line: `connectionId=… transport=polling durationMs=12.5`. */
export function describe(message: object): string {
  return Object.entries(message)
    .filter(([field]) => !UNSAID.has(field))
    .map(([field, value]) => `${field}=${show(field === "connectionId" ? shorten(value) : value)}`)
    .join(" ");
}

function shorten(id: unknown): string {
  return `${String(id).slice(0, ID_CHARS)}...`;
}

function show(value: unknown): string {
  if (typeof value === "number" && !Number.isInteger(value)) return value.toFixed(1);
  if (typeof value !== "object" || value === null) return quote(String(value));
  return quote(value instanceof Error ? value.message : JSON.stringify(value));
}

/** What clients have chosen must not look like a line of its own. */
function quote(text: string): string {
  const short = text.length > MAX_TEXT_CHARS ? `${text.slice(0, MAX_TEXT_CHARS)}…` : text;
  return PLAIN.test(short) ? short : JSON.stringify(short);
}
