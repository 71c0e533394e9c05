const io = new (require("socket.io").Server)({ path: "/path" });
io.on("connection", (socket) => socket.emit("hello", "string"));
io.listen(0);
void import("../lifecycle.mjs").then(({ live }) => live(io.httpServer, () => io.close()));
