import { StrictMode, useState, type FormEvent, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { ChatRoom } from "./chat-room.tsx";
import "./style.css";

function App(): ReactNode {
  const [name, setName] = useState<string>();
  if (name !== undefined) return <ChatRoom name={name} room={location.hash.slice(1) || "lobby"} />;
  const enter = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const entered = new FormData(event.currentTarget).get("name");
    if (typeof entered === "string") setName(entered);
  };
  return (
    <form className="hello" onSubmit={enter}>
      <label>
        Your name <input name="name" required maxLength={24} autoFocus />
      </label>
      <button>Come in</button>
    </form>
  );
}

const root = document.querySelector("#root");
if (root !== null)
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
