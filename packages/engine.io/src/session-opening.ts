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
export function assignId(
  request: EngineRequest,
  { owner, sessions }: OpeningContext,
  { onId, onRefusal, onWait }: Opening,
): void {
  const fail = (error: unknown): void => {
    const refusal: Refusal = { code: errors.BAD_REQUEST, context: { name: "ID_GENERATION_ERROR", error } };
    owner.onRefused(describeRefusal(request, refusal));
    onRefusal(refusal);
  };
  const proceed = (id: string): void => {
    const message = owner.refusesSessions(); // asked again: deciding may have taken time
    if (message !== undefined) onRefusal({ code: errors.BAD_REQUEST, status: 503, message, context: {} });
    else if (id === "") fail(codedError("BAD_ID", "generateId made no id"));
    else if (sessions.find(id) !== undefined) fail(codedError("DUPLICATE_ID", "generateId made an id that is in use"));
    else onId(id);
  };
  try {
    const id: unknown = owner.generateId(request);
    if (typeof id === "object" && id !== null) {
      onWait();
      Promise.resolve(id)
        .then((later) => proceed(idOf(later)))
        .catch(fail);
    } else proceed(idOf(id));
  } catch (error) {
    fail(error);
  }
}

/** Applications make numbers, too. */
function idOf(made: unknown): string {
  return typeof made === "number" ? String(made) : typeof made === "string" ? made : "";
}

/** A refusal as the application is told of it. */
export function describeRefusal(req: EngineRequest, { code, context }: Refusal): ConnectionError {
  return { req, code, message: errorMessages[code], context };
}
