import Fastify from "fastify";
import { Server } from "socket.io";
import { live } from "../lifecycle.mjs";
import { echo } from "./echo.mjs";

const app = Fastify();
app.get("/hello", () => "hello");
const io = new Server(app.server); // before Fastify is ready: it adds its own listener then
echo(io);
app.addHook("preClose", () => io.close());
await app.listen({ port: 0, host: "127.0.0.1" });
live(app.server, () => app.close());
