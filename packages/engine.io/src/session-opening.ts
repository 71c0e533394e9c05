import type { IncomingMessage } from "node:http";
import { codedError } from "@halyard/core";
import { errorMessages, errors, type Refusal } from "./connection-error.ts";
import type { ConnectionError } from "./connection-error.ts";
import type { EngineRequest } from "./session/handshake-record.ts";

/** What opening a session asks of, and tells, the server. */
export interface OpeningOwner {
  generateId(request: IncomingMessage): string | PromiseLike<string>;
  /** Whether no session may be opened now, and why. */
  refusesSessions(): string | undefined;
  onRefused(error: ConnectionError): void;
}

/** What all openings of one server share. */
export interface OpeningContext {
  readonly owner: OpeningOwner;
  /** The open sessions. */
  readonly sessions: { find(id: string): unknown };
}

/** What follows once a session has an id. */
export interface Opening {
  readonly onId: (id: string) => void;
  readonly onRefusal: (refusal: Refusal) => void;
  /** Making the id takes time. */
  readonly onWait: () => void;
}

/** Makes an id for the session that a request opens; at once, unless the application's id takes its time. */
export function assignId(request: EngineRequest, context: OpeningContext, opening: Opening): void {
  try {
    const id: unknown = context.owner.generateId(request);
    if (typeof id === "object" && id !== null) {
      opening.onWait();
      Promise.resolve(id)
        .then((later) => proceed(idOf(later), context, opening))
        .catch((error: unknown) => fail(error, request, context, opening));
    } else proceed(idOf(id), context, opening);
  } catch (error) {
    fail(error, request, context, opening);
  }
}

function proceed(id: string, context: OpeningContext, opening: Opening): void {
  const message = context.owner.refusesSessions(); // asked again: deciding may have taken time
  if (message !== undefined) opening.onRefusal({ code: errors.BAD_REQUEST, status: 503, message, context: {} });
  else if (id === "") throw codedError("BAD_ID", "generateId made no id");
  else if (context.sessions.find(id) !== undefined) {
    throw codedError("DUPLICATE_ID", "generateId made an id that is in use");
  } else opening.onId(id);
}

function fail(error: unknown, request: EngineRequest, { owner }: OpeningContext, { onRefusal }: Opening): void {
  const refusal: Refusal = { code: errors.BAD_REQUEST, context: { name: "ID_GENERATION_ERROR", error } };
  owner.onRefused(describeRefusal(request, refusal));
  onRefusal(refusal);
}

/** Applications make numbers, too. */
function idOf(made: unknown): string {
  return typeof made === "number" ? String(made) : typeof made === "string" ? made : "";
}

/** A refusal as the application is told of it. */
export function describeRefusal(req: EngineRequest, { code, context }: Refusal): ConnectionError {
  return { req, code, message: errorMessages[code], context };
}
