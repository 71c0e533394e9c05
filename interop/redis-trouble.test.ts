import { describe } from "vitest";
import { forgetfulIoRedis6, ioRedis5, ioRedis6, redis4, redis5, redis6 } from "./redis/clients.ts";
import { ourNode } from "./redis/node.ts";
import { outages, troubles, type TroubleSubject } from "./redis/trouble.ts";

const payloads = [
  "",
  "{",
  "{}",
  "null",
  "[]",
  '{"type":2}',
  '{"type":5,"requestId":"a"}',
  '{"requestId":{}}',
  "\xc1",
  '{"type":2,"opts":{"rooms":1},"rooms":[]}',
  '{"type":6,"data":"x"}',
  '{"type":7,"requestId":"a"}',
  '{"type":1e9,"requestId":"b"}',
  '{"uid":1,"type":"x"}',
  '{"type":6,"data":[{}]}',
  '{"sockets":[1]}',
];
const channels = ["socket.io#/#", "socket.io#/#a#", "socket.io-request#/#", "socket.io-response#/#"];

const pubSub: TroubleSubject = {
  node: ({ patienceMs, ...limits }, watch) => ourNode({ requestsTimeout: patienceMs, ...limits }, watch),
  nonsense: payloads.flatMap((payload) => channels.map((channel) => ["PUBLISH", channel, payload])),
  keeps: false,
};

describe.each([redis6, ioRedis6, redis5, redis4, ioRedis5, forgetfulIoRedis6])("pub/sub with $name", (kind) => {
  outages(pubSub, kind);
  troubles(pubSub, kind);
});
