import { describe } from "vitest";
import { forgetfulIoRedis6, ioRedis5, ioRedis6, redis4, redis5, redis6 } from "./redis/clients.ts";
import { ourShardedNode } from "./redis/node.ts";
import { outages, troubles, type TroubleSubject } from "./redis/trouble.ts";

const payloads = [
  "",
  "{",
  "{}",
  "null",
  "[]",
  '{"type":3}',
  "\xc1",
  '{"uid":"x","nsp":"/","type":"3","data":{}}',
  '{"uid":"x","nsp":"/","type":1e9,"data":{}}',
  '{"uid":"x","nsp":"/","type":3,"data":{"opts":{"rooms":1},"packet":1}}',
  '{"uid":"x","nsp":"/","type":4,"data":{"opts":1,"rooms":{}}}',
  '{"uid":"x","nsp":"/","type":7,"data":{"requestId":{}}}',
  '{"uid":"x","nsp":"/","type":9,"data":{"packet":"x"}}',
];

const sharded: TroubleSubject = {
  node: (limits, watch) => ourShardedNode(limits, watch),
  nonsense: payloads.map((payload) => ["SPUBLISH", "socket.io#/#", payload]),
  keeps: false,
};

describe.each([redis6, ioRedis6])("sharded pub/sub with $name", (kind) => {
  outages(sharded, kind);
  troubles(sharded, kind);
});

describe.each([redis5, redis4, ioRedis5, forgetfulIoRedis6])("sharded pub/sub with $name", (kind) =>
  outages(sharded, kind),
);
