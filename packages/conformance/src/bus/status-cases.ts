import { check, checkEqual } from "../check.ts";
import { within } from "../wait.ts";
import type { BusScenario } from "./bus-scenario.ts";

/** Cases about the beginning, the end, and trouble in between. */
export const statusCases: readonly BusScenario[] = [
  {
    name: "tells once, when it starts, that it is up",
    async run(scene) {
      const node = await scene.join();
      await scene.settle();
      checkEqual(node.statuses, ["up"], "the statuses");
      checkEqual(node.bus.backlog.messages, 0, "messages in the backlog");
    },
  },
  {
    name: "what is published before the start is sent after it",
    async run(scene) {
      const other = await scene.join();
      const node = scene.prepare();
      node.bus.publish(node.event(1));
      node.bus.send(node.answer(2), other.bus.nodeId);
      await scene.start(node);
      node.bus.publish(node.event(3));
      await other.receives(3);
      other.expectNumbers([1, 2, 3]);
    },
  },
  {
    name: "data that cannot be sent is told as dropped, and hurts nobody else",
    async run(scene) {
      const [node, other] = [await scene.join(), await scene.join()];
      const circular: unknown[] = [];
      circular.push(circular);
      node.bus.publish(node.event(1, circular));
      node.bus.publish(node.event(2));
      await other.receives(1);
      await node.isTold("dropped");
      await scene.settle();
      other.expectNumbers([2]);
    },
  },
  {
    name: "close sends what was published before it, and ends all deliveries",
    async run(scene) {
      const [node, other] = [await scene.join(), await scene.join()];
      node.bus.publish(node.event(1));
      await within(node.bus.close(), scene.harness.timeoutMs ?? 10_000, "close() settles");
      await other.receives(1);
      other.bus.publish(other.event(2));
      await scene.settle();
      node.expectNumbers([]);
      node.bus.publish(node.event(3)); // neither throws nor arrives
      await node.bus.close();
      await scene.settle();
      other.expectNumbers([1]);
    },
  },
  {
    name: "a bus that was never started can be closed",
    async run(scene) {
      await within(scene.prepare().bus.close(), scene.harness.timeoutMs ?? 10_000, "close() settles");
    },
  },
  {
    name: "what is no message is counted and skipped",
    needs: (stage) => stage.violate !== undefined,
    async run(scene) {
      const [node, other] = [await scene.join(), await scene.join()];
      await scene.stage.violate?.(node.bus);
      await node.until(
        () => node.malformedCount + node.received.length > 0,
        () => "onMalformed, or onMessage with whatever came in, is called",
      );
      const count = node.received.length;
      other.bus.publish(other.event(1));
      await node.receives(count + 1);
      checkEqual(node.numbers.at(-1), 1, "the next message");
    },
  },
  {
    name: "while its backend is away messages wait, and then arrive in order",
    needs: (stage) => stage.interrupt !== undefined,
    async run(scene) {
      const [node, other] = [await scene.join(), await scene.join()];
      const restore = await scene.stage.interrupt?.(node.bus);
      await node.isTold("down");
      for (let number = 0; number < 10; number++) node.bus.publish(node.event(number));
      check(node.bus.backlog.messages > 0, "messages in the backlog: expected some, got 0");
      await restore?.();
      await node.isTold("up", 2);
      node.bus.publish(node.event(10));
      await other.receives(11);
      other.expectNumbers([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      other.bus.publish(other.event(11));
      await node.until(
        () => node.numbers.includes(11),
        () => "messages of others arrive again",
      );
      checkEqual(node.bus.backlog.messages, 0, "messages in the backlog");
    },
  },
];
