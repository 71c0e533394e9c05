// What the server does, on the API that the incumbent and Halyard share.
const TEXT = "hello world";
const BYTES = Buffer.alloc(256, 7);

export function attachWorkload(io, counters, { broadcast = "all", rooms = 0, bare = false }) {
  const fanOut = broadcasts(io, counters, rooms)[broadcast];
  io.on("connection", (socket) => {
    const room = rooms > 0 ? `r${counters.connections % rooms}` : undefined;
    counters.connections++;
    if (room !== undefined) void socket.join(room);
    if (bare) return;
    socket.on("echo", (value) => {
      counters.handled++;
      socket.emit("echo", value);
    });
    socket.on("ack", (value, answer) => {
      counters.handled++;
      answer(value);
    });
    socket.on("ask", (window) => {
      const ask = () =>
        socket.emit("question", TEXT, () => {
          counters.handled++;
          ask();
        });
      for (let index = 0; index < window; index++) ask();
    });
    socket.on("burst", (size) => {
      counters.handled += size;
      for (let index = 0; index < size; index++) socket.emit("m", TEXT);
    });
    socket.on("quiet", () => counters.handled++);
    socket.on("next", fanOut);
    socket.on("say", (dueMs) => {
      counters.handled += room === undefined ? counters.connections : counters.connections / rooms;
      (room === undefined ? io : io.to(room)).emit("said", dueMs);
    });
    socket.on("disconnect", () => counters.connections--);
  });
}

function broadcasts(io, counters, rooms) {
  const toAll = (emit) => () => {
    counters.handled += counters.connections;
    emit();
  };
  let turn = 0;
  return {
    all: toAll(() => io.emit("b", TEXT)),
    volatile: toAll(() => io.volatile.emit("b", TEXT)),
    binary: toAll(() => io.emit("b", BYTES)),
    rooms: toAll(() => {
      for (let room = 0; room < rooms; room++) io.to(`r${room}`).emit("b", TEXT);
    }),
    oneRoom() {
      counters.handled += counters.connections / rooms;
      io.to(`r${turn++ % rooms}`).emit("b", TEXT);
    },
    except() {
      counters.handled += counters.connections - counters.connections / rooms;
      io.except("r0").emit("b", TEXT);
    },
    loop: toAll(() => {
      for (const socket of io.sockets.sockets.values()) socket.emit("b", TEXT);
    }),
  };
}
