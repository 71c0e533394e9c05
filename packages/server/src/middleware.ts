import { watchRejection } from "./rejections.ts";

/** Continues with the next middleware, or refuses with an error. Only the first call counts. */
type Next = (error?: Error) => void;

/** A step that runs before something is accepted. It may be asynchronous; a rejection counts as a failure. */
export type Middleware<Subject> = (subject: Subject, next: Next) => unknown;

/** How a chain of middlewares ended. */
export type MiddlewareOutcome =
  | { readonly name: "accepted" }
  /** A middleware called `next(error)`. */
  | { readonly name: "refused"; readonly error: Error }
  /** A middleware threw or rejected. */
  | { readonly name: "failed"; readonly thrown: unknown };

/** Runs middlewares in order; calls back once, and at once if all of them are synchronous. */
export function runMiddlewares<Subject>(
  middlewares: readonly Middleware<Subject>[],
  subject: Subject,
  done: (outcome: MiddlewareOutcome) => void,
): void {
  runFrom(0, [...middlewares], subject, done);
}

function runFrom<Subject>(
  index: number,
  middlewares: readonly Middleware<Subject>[],
  subject: Subject,
  done: (outcome: MiddlewareOutcome) => void,
): void {
  const middleware = middlewares[index];
  if (middleware === undefined) return done({ name: "accepted" });
  let settled = false;
  const settle = (proceed: () => void): void => {
    if (settled) return;
    settled = true;
    proceed();
  };
  const fail = (thrown: unknown): void => settle(() => done({ name: "failed", thrown }));
  const next: Next = (error) =>
    settle(() => (error ? done({ name: "refused", error }) : runFrom(index + 1, middlewares, subject, done)));
  try {
    watchRejection(middleware(subject, next), fail);
  } catch (thrown) {
    fail(thrown);
  }
}
