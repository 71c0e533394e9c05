import { toError } from "@halyard/core";
import type { AnyNamespace, AnySocket } from "./any.ts";

/** Where an application's own code failed. */
export interface HandlerFailure {
  /** The event whose handler failed, if it was one. */
  readonly event?: string | symbol | number;
  readonly socket?: AnySocket;
  readonly namespace?: AnyNamespace;
}

/** Hears of every handler, middleware or acknowledgement that threw or rejected. */
export type ErrorHook = (error: Error, failure: HandlerFailure) => void;

/** Reports whatever was thrown; never throws itself. */
export type Report = (thrown: unknown, failure: HandlerFailure) => void;

/**
 * Makes the one place where failures of application code go. Without a hook each is a process warning with code
 * `HANDLER_FAILED`, so that none is silent and none ends the process.
 */
export function createReport(hook: ErrorHook | undefined): Report {
  return (thrown, failure) => {
    const error = toError(thrown);
    if (hook === undefined) return warn(error, failure);
    try {
      hook(error, failure);
    } catch (hookError) {
      warn(error, failure);
      warn(toError(hookError), {});
    }
  };
}

function warn(error: Error, failure: HandlerFailure): void {
  const where = failure.event === undefined ? "application code" : `a handler of "${String(failure.event)}"`;
  process.emitWarning(`${where} failed: ${error.message}`, {
    type: "HalyardWarning",
    code: "HANDLER_FAILED",
    detail: `${error.stack ?? error.message}\nSet the server option onError to handle such errors.`,
  });
}
