import { check, checkEqual } from "../check.ts";
import type { TransportScenario } from "./transport-scenario.ts";

/** Cases about who is told what. */
export const handlerCases: readonly TransportScenario[] = [
  {
    name: "bind replaces the handler",
    async run({ near, far, settle }) {
      await near.sendText("first");
      await far.receive(1);
      const heir = far.successor();
      far.transport.bind(heir);
      await near.sendText("second");
      checkEqual(await heir.receive(1), [{ type: "message", data: "second" }], "what the new handler got");
      near.transport.close();
      await heir.closed();
      await settle();
      checkEqual(far.received.length, 1, "the number of packets that the former handler got");
      checkEqual(far.closings.length, 0, "the number of times that the former handler was told of the end");
    },
  },
  {
    name: "a handler bound in the middle of a batch gets the rest of it",
    async run({ near, far }) {
      const heir = far.successor();
      far.onReceived = () => far.transport.bind(heir);
      await near.sendText("1", "2", "3");
      checkEqual(
        await heir.receive(2),
        ["2", "3"].map((data) => ({ type: "message", data })),
        "what the new handler got",
      );
      checkEqual(far.received.length, 1, "the number of packets that the former handler got");
    },
  },
  {
    name: "nothing follows when a handler aborts in the middle of a batch",
    async run({ near, far, settle }) {
      far.onReceived = () => far.transport.abort();
      await near.sendText("1", "2", "3");
      await far.closed();
      await settle();
      checkEqual(far.received.length, 1, "the number of packets");
      checkEqual(far.late, [], "the calls after onClose");
    },
  },
  {
    name: "pause settles what is in flight",
    async run({ near, far }) {
      if (near.transport.pause === undefined) return;
      await far.sendText("in flight");
      let paused = false;
      const pausing = near.transport.pause().then(() => (paused = true));
      await near.until(() => paused || far.transport.writable, "pause settles");
      // as a session does in an upgrade: it releases the poll, unless the message has done so
      if (far.transport.writable) far.transport.send([{ type: "noop" }]);
      await near.until(() => paused, "pause settles");
      await pausing;
      check(
        near.received.some((packet) => packet.type === "message" && packet.data === "in flight"),
        "pause settled before the message in flight was delivered",
      );
      check(!near.transport.writable, "a paused transport is writable");
    },
  },
];
