// @ts-check

/**
 * @typedef {import("@halyard/client").Socket<import("./protocol.js").ServerToClient, import("./protocol.js").ClientToServer>} ChatSocket
 *
 * @typedef {{ readonly state: "connecting" }
 *   | { readonly state: "online", readonly again: boolean }
 *   | { readonly state: "lost", readonly reason: string, readonly attempt: number }
 *   | { readonly state: "refused", readonly reason: string }} LinkState
 */

/**
 * Follows the life of the connection and tells it as one state.
 *
 * @param {ChatSocket} socket
 * @param {(link: LinkState) => void} tell
 */
export function followLink(socket, tell) {
  let connectedBefore = false;
  let reason = "";
  socket.on("connect", () => {
    tell({ state: "online", again: connectedBefore });
    connectedBefore = true;
  });
  socket.on("disconnect", (why) => {
    reason = why;
    if (why === "io client disconnect") return; // `reconnectNow` at work
    tell({ state: "lost", reason, attempt: 0 });
    if (why === "io server disconnect") socket.connect();
  });
  socket.io.on("reconnect_attempt", (attempt) => tell({ state: "lost", reason, attempt }));
  socket.on("connect_error", (error) => {
    // While the socket is active the client goes on by itself; otherwise the server has said no.
    if (!socket.active) tell({ state: "refused", reason: error.message });
    else if (!connectedBefore) tell({ state: "lost", reason: error.message, attempt: 0 });
  });
  tell({ state: "connecting" });
}

/**
 * Connects at once instead of waiting for the next attempt.
 *
 * @param {ChatSocket} socket
 */
export function reconnectNow(socket) {
  socket.disconnect().connect();
}
