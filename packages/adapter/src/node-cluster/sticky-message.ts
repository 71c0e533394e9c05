/** What marks the messages about sessions among all that processes say to each other. */
const STICKY_SOURCE = "_halyard_sticky";

/** What a worker tells the primary process. */
export type WorkerNotice =
  /** Where it takes requests that other workers pass on. */
  | { readonly kind: "ready"; readonly address: string }
  | { readonly kind: "opened" | "closed"; readonly sid: string }
  | { readonly kind: "find"; readonly sid: string; readonly question: number }
  /** With the connection of an upgrade request, whose session is another worker's. `transfer` is a name for the move. */
  | { readonly kind: "handOver"; readonly sid: string; readonly transfer: string; readonly head: string }
  /** This worker reads the connection no more. */
  | { readonly kind: "released"; readonly transfer: string }
  /** This worker has got the connection, or at least the message. */
  | { readonly kind: "taken"; readonly transfer: string };

/** What the primary process tells a worker. */
export type PrimaryNotice =
  /** Where the session's worker takes requests; absent if there is none. */
  | { readonly kind: "found"; readonly question: number; readonly address?: string }
  /** With a connection; `head` are the bytes that were read from it, in base64. */
  | { readonly kind: "takeOver"; readonly transfer: string; readonly head: string }
  /** No other process reads the connection any more. */
  | { readonly kind: "released"; readonly transfer: string };

/** Marks a message for the way. */
export function seal<Notice extends WorkerNotice | PrimaryNotice>(
  notice: Notice,
): Notice & { readonly source: string } {
  return { source: STICKY_SOURCE, ...notice };
}

/** Reads what a worker says, which may be about anything. */
export function readWorkerNotice(value: unknown): WorkerNotice | undefined {
  const { kind, sid, address, question, transfer, head } = fieldsOf(value);
  switch (kind) {
    case "ready":
      return typeof address === "string" ? { kind, address } : undefined;
    case "opened":
    case "closed":
      return typeof sid === "string" ? { kind, sid } : undefined;
    case "find":
      return typeof sid === "string" && typeof question === "number" ? { kind, sid, question } : undefined;
    case "handOver":
      if (typeof sid !== "string" || typeof transfer !== "string" || typeof head !== "string") return undefined;
      return { kind, sid, transfer, head };
    case "released":
    case "taken":
      return typeof transfer === "string" ? { kind, transfer } : undefined;
    default:
      return undefined;
  }
}

/** Reads what the primary process says, which may be about anything. */
export function readPrimaryNotice(value: unknown): PrimaryNotice | undefined {
  const { kind, address, question, transfer, head } = fieldsOf(value);
  switch (kind) {
    case "found":
      if (typeof question !== "number") return undefined;
      return typeof address === "string" ? { kind, question, address } : { kind, question };
    case "takeOver":
      return typeof transfer === "string" && typeof head === "string" ? { kind, transfer, head } : undefined;
    case "released":
      return typeof transfer === "string" ? { kind, transfer } : undefined;
    default:
      return undefined;
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  const isOurs = typeof value === "object" && value !== null && "source" in value && value.source === STICKY_SOURCE;
  return isOurs ? { ...value } : {};
}
