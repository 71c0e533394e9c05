import { createServer } from "node:http";
import Koa from "koa";
import { Server } from "socket.io";
import { live } from "../lifecycle.mjs";
import { echo } from "./echo.mjs";

const app = new Koa();
app.use((context) => {
  if (context.path === "/hello") context.body = "hello";
});
const httpServer = createServer(app.callback());
const io = new Server(httpServer);
echo(io);
httpServer.listen(0, "127.0.0.1");
live(httpServer, () => io.close());
