const express = require("express");
const app = express();
app.get("/hello", (_request, response) => response.send("hello"));
const httpServer = require("http").createServer(app);
const io = require("socket.io")(httpServer);

httpServer.listen(0, "127.0.0.1");
void Promise.all([import("../lifecycle.mjs"), import("./echo.mjs")]).then(([{ live }, { echo }]) => {
  echo(io);
  live(httpServer, () => io.close());
});
