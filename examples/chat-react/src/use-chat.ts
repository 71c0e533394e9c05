import { io, type Socket } from "@halyard/client";
import type { ChatMessage, ClientToServer, Person, ServerToClient } from "@halyard/example-chat/public/protocol.js";
import { useCallback, useEffect, useReducer, useRef } from "react";

/** What a page shows of a chat room. */
export interface Chat {
  readonly status: string;
  readonly messages: readonly ChatMessage[];
  readonly people: readonly Person[];
  readonly typing: readonly Person[];
}

type Change =
  | { readonly kind: "status"; readonly status: string }
  | { readonly kind: "welcome"; readonly messages: readonly ChatMessage[]; readonly people: readonly Person[] }
  | { readonly kind: "message"; readonly message: ChatMessage }
  | { readonly kind: "people"; readonly people: readonly Person[] }
  | { readonly kind: "typing"; readonly person: Person; readonly busy: boolean };

const EMPTY: Chat = { status: "Connecting…", messages: [], people: [], typing: [] };

function reduce(chat: Chat, change: Change): Chat {
  switch (change.kind) {
    case "status":
      return { ...chat, status: change.status };
    case "welcome":
      // after a reconnection only what was missed
      return { ...chat, people: change.people, messages: [...chat.messages, ...change.messages] };
    case "message":
      return {
        ...chat,
        messages: [...chat.messages, change.message],
        typing: without(chat.typing, change.message.from),
      };
    case "people":
      return { ...chat, people: change.people };
    case "typing":
      return {
        ...chat,
        typing: [...without(chat.typing, change.person), ...(change.busy ? [change.person] : [])],
      };
  }
}

function without(people: readonly Person[], { id }: Person): Person[] {
  return people.filter((person) => person.id !== id);
}

/** Keeps a socket for as long as a component is on the page. */
export function useChat(
  name: string,
  room: string,
): { readonly chat: Chat; readonly say: (text: string) => void; readonly type: (busy: boolean) => void } {
  const [chat, change] = useReducer(reduce, EMPTY);
  const socketRef = useRef<Socket<ServerToClient, ClientToServer>>(undefined);

  useEffect(() => {
    const key = crypto.randomUUID();
    let since: string | undefined;
    const socket: Socket<ServerToClient, ClientToServer> = io({
      // asked for at each connection, so that a reconnection brings only what was missed
      auth: (give) => give({ key, name, room, since }),
      forceNew: true,
    });
    socketRef.current = socket;
    const add = (messages: readonly ChatMessage[]): void => {
      since = messages.at(-1)?.id ?? since;
    };
    socket.on("connect", () => change({ kind: "status", status: "Connected" }));
    socket.on("disconnect", () => change({ kind: "status", status: "Reconnecting… what you say is sent then" }));
    socket.on("connect_error", ({ message }) => change({ kind: "status", status: message }));
    socket.on("welcome", ({ view }) => {
      add(view.messages);
      change({ kind: "welcome", messages: view.messages, people: view.people });
    });
    socket.on("message", (message, receipt) => {
      receipt(true);
      add([message]);
      change({ kind: "message", message });
    });
    socket.on("people", ({ people }) => change({ kind: "people", people }));
    socket.on("typing", ({ person, busy }) => change({ kind: "typing", person, busy }));
    return () => void socket.disconnect();
  }, [name, room]);

  const say = useCallback(
    (text: string) => {
      const draft = { id: crypto.randomUUID(), room, text };
      socketRef.current?.emit("post", draft, (answer) => {
        if (!answer.ok) return change({ kind: "status", status: answer.error });
        const from = { id: "me", name };
        change({ kind: "message", message: { ...draft, from, at: answer.value.at } });
      });
    },
    [name, room],
  );
  const type = useCallback((busy: boolean) => void socketRef.current?.volatile.emit("typing", busy), []);
  return { chat, say, type };
}
