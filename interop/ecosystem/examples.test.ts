import { describe, expect, test } from "vitest";
import { channels, connected } from "../channels.ts";
import { once } from "../events.ts";
import { libraries, useApplication } from "./application.ts";
import { connect } from "./client.ts";

for (const library of libraries) {
  describe(`applications on ${library}:`, () => {
    const application = useApplication(library);

    for (const { name, options } of channels) {
      test(`a chat over ${name}`, async () => {
        const { url } = await application.share("examples/chat.mjs");
        const [ada, grace] = [connect(url, options), connect(url, options)];
        await Promise.all([connected(ada), connected(grace)]);
        const login = once(ada, "login");
        const joined = once(grace, "user joined");
        ada.emit("add user", "Ada");
        expect(await login).toEqual([{ numUsers: 1 }]);
        expect(await joined).toEqual([{ username: "Ada", numUsers: 1 }]);
        const typing = once(grace, "typing");
        const keys = setInterval(() => ada.emit("typing"), 50); // volatile: one may be lost while Grace polls or upgrades
        expect(await typing.finally(() => clearInterval(keys))).toEqual([{ username: "Ada" }]);
        const message = once(grace, "new message");
        ada.emit("new message", "hello 🌍");
        expect(await message).toEqual([{ username: "Ada", message: "hello 🌍" }]);
        const left = once(grace, "user left");
        ada.disconnect();
        expect(await left).toEqual([{ username: "Ada", numUsers: 0 }]);
      });
    }

    test("private messages between users with several tabs", async () => {
      const { url } = await application.start("examples/private-messaging.mjs");
      const stranger = connect(url);
      expect((await once(stranger, "connect_error"))[0].message).toBe("invalid username");

      const ada = connect(url, { auth: { username: "Ada" } });
      const [{ sessionID, userID }] = await once(ada, "session");
      const own = once(ada, "user connected");
      const tab = connect(url, { auth: { sessionID }, transports: ["websocket"] });
      expect(await once(tab, "session")).toEqual([{ sessionID, userID }]);
      expect(await own).toMatchObject([{ userID }]);
      const arrived = Promise.all([once(ada, "user connected"), once(tab, "user connected")]);
      const grace = connect(url, { auth: { username: "Grace" } });
      const [{ userID: other }] = await once(grace, "session");
      for (const [user] of await arrived) expect(user).toMatchObject({ userID: other, username: "Grace" });

      const expected = { content: "psst", from: other, to: userID };
      const received = Promise.all([once(ada, "private message"), once(tab, "private message")]);
      grace.emit("private message", { content: "psst", to: userID });
      expect(await received).toEqual([[expected], [expected]]);

      const gone = once(grace, "user disconnected"); // once for both tabs
      ada.disconnect();
      tab.disconnect();
      expect(await gone).toEqual([userID]);
      const back = connect(url, { auth: { sessionID } });
      const [users] = await once(back, "users");
      expect(users.find((user: { userID: string }) => user.userID === other)).toMatchObject({ messages: [expected] });
    });

    test("a list of things to do", async () => {
      const { url } = await application.start("examples/todos.mjs");
      const [editor, reader] = [connect(url), connect(url, { transports: ["websocket"] })];
      await Promise.all([connected(editor), connected(reader)]);
      const details = { error: "invalid payload", errorDetails: [{ path: ["title"], type: "any.required" }] };
      expect(await editor.emitWithAck("todo:create", {})).toEqual(details);
      const todo = { title: "milk", completed: false };
      const created = once(reader, "todo:created");
      expect(await editor.emitWithAck("todo:create", todo)).toEqual({ data: "1" });
      expect(await created).toEqual([{ ...todo, id: "1" }]);
      const updated = once(reader, "todo:updated");
      expect(await editor.emitWithAck("todo:update", { ...todo, id: "1", completed: true })).toBeUndefined();
      expect(await updated).toEqual([{ id: "1", title: "milk", completed: true }]);
      expect(await reader.emitWithAck("todo:list")).toEqual({ data: [{ id: "1", title: "milk", completed: true }] });
      const deleted = once(reader, "todo:deleted");
      editor.emit("todo:delete", "1", () => {});
      expect(await deleted).toEqual(["1"]);
    });

    for (const { name, options } of channels) {
      test(`what guides and older code reach for, over ${name}`, async () => {
        const { url, ask } = await application.start("examples/snippets.mjs");
        const extra = { query: { token: "t" }, extraHeaders: { "x-forwarded-for": "1.2.3.4" } };
        const client = connect(url, { ...options, ...extra });
        const told = ["in", "local", "own"].map((event) => once(client, event));
        await connected(client);
        expect(await client.emitWithAck("identity")).toEqual(["client-1", true, true, true, true, 1]);
        const addresses = await client.emitWithAck("addresses");
        expect(addresses).toEqual([...Array.from({ length: 5 }, () => "127.0.0.1"), "1.2.3.4"]);
        expect(await client.emitWithAck("request")).toEqual(["1.2.3.4", "t", "t", "/", false, true, true]);
        const rooms = ["created a", "created b", "created c", "deleted c"];
        expect(await client.emitWithAck("rooms")).toEqual([["a", "b"], ["a", "b"], 1, false, rooms]);
        const names = ["identity", "addresses", "request", "rooms", "listeners", "namespaces", "operators", "reject"];
        expect(await client.emitWithAck("listeners")).toEqual([3, 0, 0, 1, names]);
        const dynamic = connect(`${url}/dynamic-7`, options);
        expect(await once(dynamic, "hello")).toEqual(["/dynamic-7"]);
        expect(await client.emitWithAck("namespaces")).toEqual([true, false, ["/dynamic-7", "/made"]]);
        const messages: unknown[][] = [];
        client.on("message", (...args: unknown[]) => messages.push(args));
        client.on("never", () => messages.push(["never"]));
        expect(await client.emitWithAck("operators")).toEqual([true, false]);
        expect(await Promise.all(told)).toEqual([[1], [2], [4]]);
        expect(messages).toEqual([
          ["message", 5],
          ["written", 6],
        ]);

        const left = once(client, "disconnect");
        client.emit("reject");
        expect((await left)[0]).toBe("transport close");
        const log = (await ask("log")) as string[];
        expect(log.filter((line) => line.startsWith("forced"))).toEqual([
          "forced close in 3 rooms",
          "forced close in 0 rooms",
        ]);
      });
    }
  });
}
