// @ts-check
import { io } from "/socket.io/socket.io.esm.min.js";

const [login, name, inside, hello, status] = ["login", "name", "inside", "hello", "status"].map(
  (id) => /** @type {HTMLInputElement} */ (document.getElementById(id)),
);

const socket = io({ autoConnect: false });

socket.on("hello", (user) => {
  if (hello) hello.textContent = `Hello, ${user}.`;
  show("inside");
});
socket.on("connect_error", (error) => show("outside", error.message));
// the server ends the connections of a session that has logged out
socket.on("disconnect", (reason) => show("outside", reason === "io server disconnect" ? "logged out" : reason));
socket.connect();

login?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = JSON.stringify({ name: name?.value });
  const answer = await fetch("/login", { method: "POST", headers: { "content-type": "application/json" }, body });
  if (!answer.ok) return show("outside", (await answer.json()).error);
  socket.disconnect().connect(); // with the new cookie
});
document.getElementById("visit")?.addEventListener("click", async () => {
  show("inside", `This session has ${await socket.emitWithAck("visit")} visits.`);
});
document.getElementById("logout")?.addEventListener("click", () => fetch("/logout", { method: "POST" }));

/** @param {"inside" | "outside"} where @param {string} [what] */
function show(where, what = "") {
  if (login) login.hidden = where === "inside";
  if (inside) inside.hidden = where === "outside";
  if (status) status.textContent = what;
}
