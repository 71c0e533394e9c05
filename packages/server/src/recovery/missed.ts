import type { Awaitable, LoggedPacket, ReplayLog } from "@halyard/contracts";
import type { Backlog } from "./session.ts";
import { whenThere } from "./settle.ts";
import { PastStay } from "./stay.ts";

/** What a client has missed. */
export interface Missed {
  /** On this server, and possibly what was not for it. */
  readonly here: readonly LoggedPacket[];
  /** On other servers, before that. */
  readonly elsewhere: readonly LoggedPacket[];
}

/** Reads what a client has missed, of its stays in order, of which the last one is on this server. Undefined if that is lost. */
export function readMissed(log: ReplayLog, backlogs: readonly Backlog[]): Awaitable<Missed | undefined> {
  const [only, ...more] = backlogs;
  if (only === undefined) return undefined;
  if (more.length > 0) return readAll(log, backlogs);
  return whenThere(read(log, only), (here) => here && { here, elsewhere: [] });
}

async function readAll(log: ReplayLog, backlogs: readonly Backlog[]): Promise<Missed | undefined> {
  const elsewhere: LoggedPacket[] = [];
  for (const backlog of backlogs.slice(0, -1)) {
    const found = await read(log, backlog);
    if (found === undefined) return undefined;
    for (const packet of found) if (backlog.stay.wasMeantFor(packet)) elsewhere.push(packet);
  }
  const last = backlogs.at(-1);
  const here = last && (await read(log, last));
  return here && { here, elsewhere };
}

function read(log: ReplayLog, { stay, place }: Backlog): Awaitable<readonly LoggedPacket[] | undefined> {
  // how far a client had got may be all that is known of a log whose server has died
  if (stay instanceof PastStay && place.position >= stay.end) return [];
  return log.readAfter(place, stay.sid, stay.history.roomsEver());
}
