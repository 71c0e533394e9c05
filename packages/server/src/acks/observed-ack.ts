import type { Clock, Timer } from "@halyard/contracts";
import { hasCode } from "@halyard/core";
import { ackAsk, ackSettle, type AckAsk } from "@halyard/diagnostics";
import type { BroadcastAckReader } from "../broadcast/broadcast-ack.ts";
import type { TimedAck } from "./pending-acks.ts";

/** Whether anybody listens to what becomes of acknowledgements. */
export function areAcksObserved(): boolean {
  return ackAsk.hasSubscribers || ackSettle.hasSubscribers;
}

/** Tells that one client was asked, and when it has settled; to be used in the place of the acknowledgement. */
export function observeAck(ack: TimedAck, question: AckAsk, clock: Clock): TimedAck {
  return new ObservedAck(ack, new Question(question, clock));
}

/** The same for a broadcast: to be used in the place of what takes the answers. */
export function observeBroadcast(reader: BroadcastAckReader, question: AckAsk, clock: Clock): BroadcastAckReader {
  const asked = new Question(question, clock);
  return {
    onAnswer: (answer) => reader.onAnswer?.(answer),
    onComplete: (error, answers) => {
      asked.settle(error, answers.length);
      reader.onComplete(error, answers);
    },
  };
}

class ObservedAck implements TimedAck {
  readonly #ack: TimedAck;
  readonly #question: Question;

  constructor(ack: TimedAck, question: Question) {
    this.#ack = ack;
    this.#question = question;
  }

  guard(timer: Timer): void {
    this.#ack.guard(timer);
  }

  reply(answer: readonly unknown[], socketId: string): unknown {
    this.#question.settle(null, 1);
    return this.#ack.reply(answer, socketId);
  }

  abandon(error: Error, socketId: string): unknown {
    this.#question.settle(error, 0);
    return this.#ack.abandon(error, socketId);
  }
}

/** What was asked, and when. */
class Question {
  readonly #question: AckAsk;
  readonly #clock: Clock;
  readonly #startMs: number;

  constructor(question: AckAsk, clock: Clock) {
    this.#question = question;
    this.#clock = clock;
    this.#startMs = clock.monotonic();
    ackAsk.publish(question);
  }

  settle(error: Error | null, answers: number): void {
    const { timeoutMs: _time, ...question } = this.#question;
    const outcome = error === null ? "answered" : hasCode(error, "ACK_TIMEOUT") ? "timeout" : "disconnected";
    ackSettle.publish({ ...question, answers, outcome, durationMs: this.#clock.monotonic() - this.#startMs });
  }
}
