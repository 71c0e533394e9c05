import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { Server } from "socket.io";
import { live } from "../lifecycle.mjs";
import { echo } from "./echo.mjs";

const app = new Hono();
app.get("/hello", (context) => context.text("hello"));
const httpServer = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
const io = new Server(httpServer);
echo(io);
live(httpServer, () => io.close());
