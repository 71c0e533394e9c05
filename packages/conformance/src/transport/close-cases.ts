import { check, checkEqual } from "../check.ts";
import type { Endpoint } from "./endpoint.ts";
import type { TransportScenario, TransportScene } from "./transport-scenario.ts";

/** Cases about the end of a transport. */
export const closeCases: readonly TransportScenario[] = [
  {
    name: "close ends both ends, each once",
    async run(scene) {
      scene.near.transport.close();
      await expectEnded(scene, scene.near, scene.far);
    },
  },
  {
    name: "close after an exchange ends both ends, each once",
    async run(scene) {
      await scene.near.sendText("there");
      await scene.far.receive(1);
      await scene.far.sendText("back");
      await scene.near.receive(1);
      scene.near.transport.close();
      await expectEnded(scene, scene.near, scene.far);
    },
  },
  {
    name: "close delivers what was sent before it",
    async run(scene) {
      const messages = Array.from({ length: 50 }, (_, index) => `${index}`);
      await scene.near.sendText(...messages);
      scene.near.transport.close();
      await expectEnded(scene, scene.near, scene.far);
      checkEqual(messagesOf(scene.far), messages, "what arrived before the end");
    },
  },
  {
    name: "close from both ends at once ends each once",
    async run(scene) {
      scene.near.transport.close();
      scene.far.transport.close();
      await expectEnded(scene, scene.near, scene.far);
    },
  },
  {
    name: "close from within a handler ends both ends, each once",
    async run(scene) {
      scene.far.onReceived = (packet) => void (packet.type === "message" && scene.far.transport.close());
      await scene.near.sendText("last");
      await expectEnded(scene, scene.near, scene.far);
    },
  },
  {
    name: "abort ends this end once",
    async run(scene) {
      scene.near.transport.abort();
      await expectEnded(scene, scene.near);
    },
  },
  {
    name: "abort ends the other end once",
    needs: ({ noticesAbort }) => noticesAbort !== false,
    async run(scene) {
      await scene.near.sendText("last");
      await scene.far.receive(1);
      scene.near.transport.abort(new Error("aborted by the test"));
      await expectEnded(scene, scene.near, scene.far);
    },
  },
  {
    name: "a transport cannot be ended twice",
    async run(scene) {
      const { transport } = scene.near;
      transport.close();
      transport.close();
      transport.abort();
      transport.abort(new Error("aborted by the test"));
      transport.close();
      await expectEnded(scene, scene.near);
    },
  },
  {
    name: "what is sent after close is ignored",
    async run(scene) {
      await scene.near.sendText("before");
      scene.near.transport.close();
      check(!scene.near.transport.writable, "a closing transport is writable");
      scene.near.transport.send([{ type: "message", data: "after" }]);
      await expectEnded(scene, scene.near, scene.far);
      scene.near.transport.send([{ type: "message", data: "long after" }]);
      await scene.settle();
      checkEqual(messagesOf(scene.far), ["before"], "what arrived");
    },
  },
  {
    name: "what is sent after abort is ignored",
    async run(scene) {
      scene.near.transport.abort();
      check(!scene.near.transport.writable, "an aborted transport is writable");
      scene.near.transport.send([{ type: "message", data: "after" }]);
      await expectEnded(scene, scene.near);
      checkEqual(messagesOf(scene.far), [], "what arrived");
    },
  },
  {
    name: "a violation of the grammar ends the transport",
    needs: ({ violate }) => violate !== undefined,
    async run(scene) {
      // the harness speaks of its own orientation: the victim is its far end
      await scene.harness.violate?.(scene.connected);
      const victim = scene.connected.far === scene.far.transport ? scene.far : scene.near;
      await expectEnded(scene, victim);
      checkEqual(victim.closings[0]?.reason, "parse error", "the reason");
      checkEqual(messagesOf(victim), [], "what was delivered");
    },
  },
];

async function expectEnded({ settle }: TransportScene, ...ends: readonly Endpoint[]): Promise<void> {
  for (const end of ends) await end.closed();
  await settle();
  for (const end of ends) {
    checkEqual(end.closings.length, 1, "the number of times that onClose was called");
    checkEqual(end.late, [], "the calls after onClose");
    check(!end.transport.writable, "a closed transport is writable");
  }
}

function messagesOf(end: Endpoint): unknown[] {
  return end.received.flatMap((packet) => (packet.type === "message" ? [packet.data] : []));
}
