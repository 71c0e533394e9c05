// What a client is for, from its first connection to its second. A classic script without imports, because every build of the
// client runs it where it is at home: pages, workers, Node.js. It leaves the function `runScenario` in the global scope.
(function () {
  /** Runs with the `io` of a build, and resolves with what was seen. */
  globalThis.runScenario = async function runScenario(io, url, options) {
    const socket = io(url, { auth: { name: "é" }, reconnectionDelay: 20, reconnectionDelayMax: 100, ...options });
    const seen = {};
    const upgraded = new Promise((resolve) => {
      socket.io.once("open", () => {
        seen.opened = socket.io.engine.transport.name;
        if (seen.opened !== "polling" || options?.transports?.length === 1) resolve("none");
        else socket.io.engine.once("upgrade", (transport) => resolve(transport.name));
      });
    });
    const ask = (...args) => new Promise((resolve) => socket.emit(...args, (...answer) => resolve(answer)));

    await next(socket, "connect", "connect_error");
    const firstId = socket.id;
    [seen.auth] = await ask("auth");
    seen.sum = await ask("sum", 1, 2);
    socket.on("double", (number, answer) => answer(2 * number));
    seen.doubled = await ask("ask me", 21);
    seen.upgraded = await upgraded;

    const bytes = Uint8Array.of(1, 2, 3);
    const told = next(socket, "bytes");
    const [kind, echo] = await ask("bytes", { list: [bytes, bytes.buffer] });
    seen.binary = { kind, echo: describe(echo), told: (await told).map(describe) };

    const heard = next(socket, "news");
    await ask("join", "readers");
    socket.emit("tell", "readers", "hello");
    seen.room = await heard;

    const left = next(socket, "disconnect");
    socket.emit("cut");
    [seen.left] = await left;
    const late = ask("sum", 20, 22);
    await next(socket, "connect");
    seen.late = await late;
    seen.sameId = socket.id === firstId;
    socket.disconnect();
    return seen;
  };

  function next(emitter, event, unless) {
    return new Promise((resolve, reject) => {
      emitter.once(event, (...args) => resolve(args));
      if (unless) emitter.on(unless, reject);
    });
  }

  function describe(value) {
    if (value instanceof ArrayBuffer) return [...new Uint8Array(value)];
    if (ArrayBuffer.isView(value)) return [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)];
    if (Array.isArray(value)) return value.map(describe);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, describe(member)]));
  }
})();
