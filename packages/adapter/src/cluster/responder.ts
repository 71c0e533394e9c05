import type { AdapterHost, ClusterQuery, ClusterReply, Clock, SocketDescription } from "@halyard/contracts";
import { DeadlineQueue } from "@halyard/core";
import { writeEnd, writeReply, writeRooms, writeSockets, type MessageBody } from "./write-message.ts";

/** Sockets, or rooms, that one message describes at most: so that no message grows with their number. */
const CHUNK_SIZE = 256;

/** How long an application may take to answer an event between servers; whoever has asked gives up earlier. */
const ANSWER_LIMIT_MS = 60_000;

/** A query of another node. */
export interface Question {
  readonly query: ClusterQuery;
  readonly requestId: string;
  readonly node: string;
  /** Whether the node understands our own messages: answers in parts, and their ends. */
  readonly isOurs: boolean;
  readonly reply: (body: MessageBody) => void;
}

/** Answers the queries of other nodes, as long as they are there to hear it. */
export class Responder {
  readonly #deadlines: DeadlineQueue;
  readonly #report: (thrown: unknown) => void;
  readonly #running = new Map<string, Set<AbortController>>();

  constructor(clock: Clock, report: (thrown: unknown) => void) {
    this.#deadlines = new DeadlineQueue(clock, ANSWER_LIMIT_MS);
    this.#report = report;
  }

  /** How many answers are being given. */
  get size(): number {
    let size = 0;
    for (const controllers of this.#running.values()) size += controllers.size;
    return size;
  }

  answer(host: AdapterHost, question: Question): void {
    const controller = new AbortController();
    const stop = this.#guard(question, controller);
    const replies = host.answer(question.query, controller.signal);
    pass(replies, question)
      .catch((thrown: unknown) => this.#report(thrown))
      .finally(stop);
  }

  /** A node has gone: nobody waits for the answers to it. */
  forget(node: string): void {
    for (const controller of this.#running.get(node) ?? []) controller.abort();
  }

  close(): void {
    for (const node of this.#running.keys()) this.forget(node);
    this.#deadlines.close();
  }

  #guard({ node, query }: Question, controller: AbortController): () => void {
    let controllers = this.#running.get(node);
    if (controllers === undefined) this.#running.set(node, (controllers = new Set()));
    controllers.add(controller);
    const deadline = { onDeadline: () => controller.abort() };
    // clients that are asked have a time of their own
    if (query.kind === "serverEventWithAck") this.#deadlines.start(deadline);
    return () => {
      this.#deadlines.stop(deadline);
      controllers.delete(controller);
      if (controllers.size === 0 && this.#running.get(node) === controllers) this.#running.delete(node);
    };
  }
}

/** Sends the parts of an answer as they come. */
async function pass(replies: AsyncIterable<ClusterReply>, question: Question): Promise<void> {
  const { query, requestId, isOurs, reply: send } = question;
  const size = isOurs ? CHUNK_SIZE : Number.POSITIVE_INFINITY;
  let sockets: SocketDescription[] = [];
  let rooms: (readonly [string, number])[] = [];
  let isAnswered = false;
  for await (const reply of replies) {
    isAnswered = true;
    if (reply.kind === "socket") {
      if (sockets.length === size) send(writeSockets(requestId, sockets.splice(0), true));
      sockets.push(reply.socket);
    } else if (reply.kind === "room") {
      if (rooms.length === size) send(writeRooms(requestId, rooms.splice(0), true));
      rooms.push([reply.room, reply.count]);
    } else send(writeReply(requestId, reply, query.kind));
  }
  if (query.kind === "fetchSockets") send(writeSockets(requestId, sockets, false));
  else if (query.kind === "rooms") send(writeRooms(requestId, rooms, false));
  else if (isOurs && (query.kind === "broadcastWithAck" || !isAnswered)) send(writeEnd(requestId));
}
