import type { IncomingMessage } from "node:http";
import { errors, type Refusal } from "./connection-error.ts";
import { examineProtocol, examineRequest, type AdmissionRules, type RequestKind } from "./handshake.ts";
import { runMiddlewares, type AnyResponse, type Middleware } from "./hosts/middleware.ts";
import { isOriginAllowed } from "./hosts/origin-check.ts";
import type { AllowRequest } from "./options.ts";
import type { EngineRequest } from "./session/handshake-record.ts";

/** What a server asks of a request before it is served. */
export interface AdmissionContext extends AdmissionRules {
  readonly middlewares: readonly Middleware[];
  readonly allowRequest: AllowRequest | undefined;
  readonly checksOrigin: boolean;
  /** Whether no session may be opened now, and why. */
  refusesSessions(): string | undefined;
  /** A middleware failed after it had let the request pass. */
  readonly report: (error: unknown) => void;
}

/** A request that asks to be served. */
export interface Applicant {
  readonly request: EngineRequest;
  /** What middlewares write to; needed when there are any. */
  readonly response: AnyResponse | undefined;
  readonly kind: RequestKind;
}

/**
 * Runs the middlewares, checks the request and asks `allowRequest`. Calls back once, with the refusal if there is one, and
 * at once unless a middleware or `allowRequest` takes its time. Does not call back when a middleware answers itself.
 */
export function admit(applicant: Applicant, context: AdmissionContext, onDecision: (refusal?: Refusal) => void): void {
  const { request, response } = applicant;
  if (context.middlewares.length === 0 || response === undefined) {
    decide(applicant, context, onDecision);
    return;
  }
  const onDone = (error?: Error): void => {
    if (error === undefined) decide(applicant, context, onDecision);
    else onDecision({ code: errors.BAD_REQUEST, context: { name: "MIDDLEWARE_FAILURE", error } });
  };
  runMiddlewares(context.middlewares, request, response, onDone, context.report);
}

function decide(
  { request, response, kind }: Applicant,
  context: AdmissionContext,
  onDecision: (refusal?: Refusal) => void,
): void {
  const { method, headers, _query: query } = request;
  const refusal = examineRequest({ method, origin: headers.origin, query, kind }, context);
  if (refusal !== undefined) {
    onDecision(refusal);
    return;
  }
  if (kind !== "http" && context.checksOrigin && response !== undefined && !isOriginAllowed(request, response)) {
    onDecision({
      code: errors.FORBIDDEN,
      status: 403,
      context: { name: "ORIGIN_NOT_ALLOWED", origin: headers.origin },
    });
    return;
  }
  if (query["sid"]) onDecision();
  else decideHandshake(request, context, onDecision);
}

function decideHandshake(
  request: EngineRequest,
  context: AdmissionContext,
  onDecision: (refusal?: Refusal) => void,
): void {
  const { allowRequest } = context;
  const message = context.refusesSessions();
  if (message !== undefined) {
    onDecision({ code: errors.BAD_REQUEST, status: 503, message, context: { name: "UNAVAILABLE" } });
  } else if (allowRequest === undefined) onDecision(examineProtocol(request._query, context));
  else ask(allowRequest, request, (refusal) => onDecision(refusal ?? examineProtocol(request._query, context)));
}

function ask(allowRequest: AllowRequest, request: IncomingMessage, onDecision: (refusal?: Refusal) => void): void {
  let isDecided = false;
  const decideOnce = (refusal?: Refusal): void => {
    if (isDecided) return;
    isDecided = true;
    onDecision(refusal);
  };
  const fail = (error: unknown): void => decideOnce({ code: errors.FORBIDDEN, context: { error } });
  try {
    const asking = allowRequest(request, (message, success) => {
      if (success) decideOnce();
      else decideOnce({ code: errors.FORBIDDEN, context: { message }, ...(message && { message: textOf(message) }) });
    });
    if (asking instanceof Promise) asking.catch(fail);
  } catch (error) {
    fail(error);
  }
}

/** Applications hand over errors, too. */
function textOf(message: unknown): string {
  return message instanceof Error ? message.message : String(message);
}
