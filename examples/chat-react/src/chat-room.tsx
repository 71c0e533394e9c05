import { useState, type FormEvent, type ReactNode } from "react";
import { useChat } from "./use-chat.ts";

/** One room: who is here, what was said, and a line to say something. */
export function ChatRoom({ name, room }: { readonly name: string; readonly room: string }): ReactNode {
  const { chat, say, type } = useChat(name, room);
  const [text, setText] = useState("");
  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (text.trim() !== "") say(text);
    setText("");
    type(false);
  };
  const edit = (next: string): void => {
    if ((next === "") !== (text === "")) type(next !== "");
    setText(next);
  };
  return (
    <main>
      <header>
        <h1>#{room}</h1>
        <p className="people">{chat.people.map((person) => person.name).join(", ")}</p>
        <p role="status">{chat.status}</p>
      </header>
      <ol aria-label="Messages" aria-live="polite">
        {chat.messages.map((message) => (
          <li key={message.id}>
            <b>{message.from.name}</b> {message.text}
          </li>
        ))}
      </ol>
      <p className="typing">{chat.typing.length > 0 && `${chat.typing.map((one) => one.name).join(", ")} …`}</p>
      <form onSubmit={send}>
        <input aria-label="Your message" value={text} onChange={(event) => edit(event.target.value)} />
        <button>Send</button>
      </form>
    </main>
  );
}
