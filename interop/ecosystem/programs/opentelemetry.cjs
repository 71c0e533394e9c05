// A server whose process was instrumented before it loaded the library.
const { registerInstrumentations } = require("@opentelemetry/instrumentation");
const { SocketIoInstrumentation } = require("@opentelemetry/instrumentation-socket.io");
const { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = require("@opentelemetry/sdk-trace-base");

const exporter = new InMemorySpanExporter();
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const instrumentation = new SocketIoInstrumentation();
registerInstrumentations({ tracerProvider, instrumentations: [instrumentation] });

const { createServer } = require("node:http");
const library = require("socket.io");
const { Server, Socket } = library;

if (process.env.TRACES === "classes") {
  const [definition] = instrumentation.getModuleDefinitions();
  const BroadcastOperator = new Server().to("").constructor;
  definition.patch(library, "4.8.4");
  for (const file of definition.files)
    if (!file.name.endsWith("namespace.js")) file.patch({ Socket, BroadcastOperator }, "4.8.4");
}

const httpServer = createServer();
const io = new Server(httpServer);
io.on("connection", (socket) => {
  socket.on("echo", (value, reply) => {
    socket.emit("direct", value);
    io.to(socket.id).emit("room", value);
    reply(value);
  });
});
httpServer.listen(0, "127.0.0.1");
void import("./lifecycle.mjs").then(({ live }) =>
  live(httpServer, () => io.close(), {
    spans: () =>
      exporter
        .getFinishedSpans()
        .map(({ name, attributes }) => `${name}: ${String(attributes["messaging.socket.io.event_name"])}`),
  }),
);
