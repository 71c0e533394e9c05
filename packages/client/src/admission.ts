import type { EventData } from "@halyard/contracts";
import type { Auth, AuthRequest } from "./options.ts";

type Credentials = { readonly [name: string]: unknown };

/** What a socket remembers from one connection to the next: with what, and as whom, it joins its namespace. */
export class Admission {
  /** Why it has to join again: the reason of the last disconnection, or the message of the last refusal. */
  reason: string | undefined;
  /** Sent with the credentials. */
  extra: object | undefined | "";
  /** Recovery: names this session to the server. */
  #pid: string | undefined;
  /** Recovery: the place in the server's log of the last event received. */
  #offset: string | undefined;
  /** Since the server last let it in. */
  #attempt = 0;

  /** Asks the application for credentials. Either callback is called when they come, even twice or too late. */
  ask(
    auth: Auth | undefined,
    onCredentials: (data: Credentials | undefined) => void,
    onError: (error: unknown) => void,
  ): void {
    const answer: AuthRequest = Object.assign(
      (data?: object): void => {
        const session = this.#pid && { pid: this.#pid, offset: this.#offset };
        onCredentials(session || this.extra || data ? { ...session, ...this.extra, ...data } : undefined);
      },
      { attempt: ++this.#attempt, reason: this.reason },
    );
    try {
      const given = typeof auth === "function" ? auth(answer) : answer(auth);
      // any thenable: promises may be of another realm, or of a library that replaces the global ones
      if (typeof given === "object" && given && "then" in given)
        Promise.resolve(given)
          .then((data) => data && answer(data))
          .catch(onError);
    } catch (error) {
      onError(error);
    }
  }

  /** The server has let it in; tells whether it has its former session back. */
  accept(pid: unknown): boolean {
    const recovered = typeof pid === "string" && pid === this.#pid;
    this.#attempt = 0;
    if (!recovered) this.#offset = undefined;
    this.#pid = typeof pid === "string" ? pid : undefined;
    return recovered;
  }

  /** Notes the place of an event in the server's log, and gives what of it listeners see. */
  note(data: EventData): EventData {
    const offset = this.#pid && data.length > 1 && data.at(-1);
    if (typeof offset !== "string") return data;
    this.#offset = offset;
    const event: [...EventData] = [...data];
    // servers that mark their tokens so end every event that ends in a string in an offset, which listeners need not see
    if (this.#pid?.[0] === "~") event.pop();
    return event;
  }
}
