import type { Server, Socket as ServerSocket } from "socket.io";
import type { Socket as ClientSocket } from "socket.io-client";
import { describe, expect, test } from "vitest";
import { channels, pairs } from "./ends.ts";
import { eventually } from "./events.ts";
import { Random, seedOf } from "./random.ts";
import { startRelay, type Death, type Relay } from "./recovery-relay.ts";
import { managerOn } from "./recovery-stage.ts";
import { connected, matrix, type Rig } from "./rig.ts";

const CLIENTS = 20;
const ROOMS = ["a", "b", "c", "d"] as const;
const DEATHS: readonly Death[] = ["reset", "cut", "half-open"];

/** One client, what it should have got, and what it got. */
interface Victim {
  readonly name: number;
  readonly relay: Relay;
  readonly client: ClientSocket;
  /** The server's end, the latest. */
  socket: ServerSocket;
  readonly rooms: Set<string>;
  readonly meant: number[];
  readonly got: number[];
  kills: number;
}

describe("under random kills", () => {
  matrix(
    ({ start, pair, channel }) => {
      const kills = channel.name === "websocket" ? 1_000 : 200;
      test(`${kills} connections die with traffic to rooms, to all and to each: nothing is lost, repeated or out of order`, async () => {
        const random = new Random(seedOf(`${pair.name}, ${channel.name}`));
        const rig = await start({ connectionStateRecovery: {}, closeTimeout: 500 } as object);
        const failures: unknown[] = [];
        const victims = await gather(rig, failures);
        const traffic = new Traffic(rig.io, victims, random);
        for (let killed = 0; killed < kills;) {
          traffic.send();
          const victim = random.pick(victims);
          // also connections that are not up yet, and sessions that are just being handed over
          if (random.below(8) === 0 && victim.relay.size > 0) {
            victim.relay.kill(random.pick(DEATHS));
            victim.kills++;
            killed++;
          }
          await new Promise((resolve) => setImmediate(resolve));
        }
        let turns = 0;
        await eventually(() => {
          if (turns++ % 500 === 0) traffic.nudge(); // what was cut in the middle is noticed by what follows
          return victims.every(({ client, got, meant }) => client.connected && got.length >= meant.length);
        }, "everybody has caught up");
        expect(failures).toEqual([]);
        for (const { got, meant } of victims) expect(got).toEqual(meant);
        expect(victims.every((victim) => victim.kills > 0)).toBe(true);
        expect(rig.io.sockets.sockets.size).toBe(CLIENTS);
      });
    },
    { pairs: pairs.filter(({ server }) => server.ours), over: channels.filter(({ name }) => name !== "upgrade") },
  );
});

async function gather(rig: Rig, failures: unknown[]): Promise<Victim[]> {
  const victims: Victim[] = [];
  rig.io.on("connection", (socket) => {
    const name = Number(socket.handshake.auth["name"]);
    const victim = victims[name];
    if (victim === undefined) return;
    victim.socket = socket;
    const { recoveryFailure } = socket as unknown as { recoveryFailure: unknown };
    if (!socket.recovered) failures.push([name, recoveryFailure]);
  });
  for (let name = 0; name < CLIENTS; name++) {
    const relay = await startRelay(rig.port);
    const client = managerOn(relay, rig).socket("/", { auth: { name } });
    await connected(client);
    const got: number[] = [];
    client.on("n", (n) => got.push(n));
    client.on("question", (_n, answer) => answer());
    victims.push({ name, relay, client, socket: rig.peer(client), rooms: new Set(), meant: [], got, kills: 0 });
  }
  return victims;
}

/** Sends numbered events of every kind and notes whom they were for. */
class Traffic {
  readonly #io: Server;
  readonly #victims: readonly Victim[];
  readonly #random: Random;
  #n = 0;

  constructor(io: Server, victims: readonly Victim[], random: Random) {
    this.#io = io;
    this.#victims = victims;
    this.#random = random;
  }

  send(): void {
    const random = this.#random;
    const room = random.pick(ROOMS);
    const victim = random.pick(this.#victims);
    switch (random.below(8)) {
      case 0:
        this.#note(() => true);
        return void this.#io.emit("n", this.#n, "text");
      case 1:
        this.#note(({ rooms }) => rooms.has(room));
        return void this.#io.to(room).emit("n", this.#n, Buffer.from([1, 2, 3]));
      case 2:
        this.#note((other) => other.rooms.has(room) && other !== victim);
        return void this.#io.to(room).except(victim.socket.id).emit("n", this.#n);
      case 3:
      case 4:
        this.#note((other) => other === victim);
        return void victim.socket.emit("n", this.#n, "x".repeat(random.below(2_000)));
      case 5:
        victim.socket.volatile.emit("heading", "north");
        return void this.#io.to(room).volatile.emit("tick");
      case 6:
        return void victim.socket.timeout(1).emit("question", "why", () => {});
      case 7:
        return this.#move(victim, room);
    }
  }

  /** Something for everybody. */
  nudge(): void {
    this.#note(() => true);
    this.#io.emit("n", this.#n);
  }

  /** Only who is connected can join and leave; a session keeps its rooms meanwhile. */
  #move({ rooms, socket }: Victim, room: string): void {
    if (!socket.connected) return;
    if (rooms.delete(room)) return void socket.leave(room);
    rooms.add(room);
    void socket.join(room);
  }

  #note(isMeant: (victim: Victim) => boolean): void {
    this.#n++;
    for (const victim of this.#victims) if (isMeant(victim)) victim.meant.push(this.#n);
  }
}
