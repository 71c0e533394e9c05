import { createServer } from "node:http";
import express from "express";
import { Server } from "socket.io";
import { live } from "../lifecycle.mjs";
import { echo } from "./echo.mjs";

const app = express();
app.get("/hello", (_request, response) => response.send("hello"));
const httpServer = createServer(app);
const io = new Server(httpServer);
echo(io);
httpServer.listen(0, "127.0.0.1");
live(httpServer, () => io.close());
