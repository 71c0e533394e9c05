/** What marks the messages about sessions among all that processes say to each other. */
const STICKY_SOURCE = "_halyard_sticky";

/** What a worker tells the primary process. */
export type WorkerNotice =
  /** Where it takes requests that other workers pass on. */
  | { readonly kind: "ready"; readonly address: string }
  | { readonly kind: "opened" | "closed"; readonly sid: string }
  | { readonly kind: "find"; readonly sid: string; readonly question: number }
  /** With the connection of an upgrade request: its session is another worker's. */
  | { readonly kind: "handOver"; readonly sid: string; readonly head: string };

/** What the primary process tells a worker. */
export type PrimaryNotice =
  /** Where the session's worker takes requests; absent if there is none. */
  | { readonly kind: "found"; readonly question: number; readonly address?: string }
  /** With a connection, whose first bytes were read already. In base64. */
  | { readonly kind: "takeOver"; readonly head: string };

/** Marks a message for the way. */
export function seal<Notice extends WorkerNotice | PrimaryNotice>(
  notice: Notice,
): Notice & { readonly source: string } {
  return { source: STICKY_SOURCE, ...notice };
}

/** Reads what a worker says, which may be about anything. */
export function readWorkerNotice(value: unknown): WorkerNotice | undefined {
  const { kind, sid, address, question, head } = fieldsOf(value);
  switch (kind) {
    case "ready":
      return typeof address === "string" ? { kind, address } : undefined;
    case "opened":
    case "closed":
      return typeof sid === "string" ? { kind, sid } : undefined;
    case "find":
      return typeof sid === "string" && typeof question === "number" ? { kind, sid, question } : undefined;
    case "handOver":
      return typeof sid === "string" && typeof head === "string" ? { kind, sid, head } : undefined;
    default:
      return undefined;
  }
}

/** Reads what the primary process says, which may be about anything. */
export function readPrimaryNotice(value: unknown): PrimaryNotice | undefined {
  const { kind, address, question, head } = fieldsOf(value);
  if (kind === "takeOver") return typeof head === "string" ? { kind, head } : undefined;
  if (kind !== "found" || typeof question !== "number") return undefined;
  return typeof address === "string" ? { kind, question, address } : { kind, question };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  const isOurs = typeof value === "object" && value !== null && "source" in value && value.source === STICKY_SOURCE;
  return isOurs ? { ...value } : {};
}
