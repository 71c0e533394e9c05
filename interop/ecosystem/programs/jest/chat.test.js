// After the guide on testing with Jest.
const { Server } = require("socket.io");
const { io: connect } = require("socket.io-client");
const { startChat } = require("./chat.js");

describe("a chat", () => {
  let chat, ada, grace, url;

  beforeAll((done) => {
    chat = startChat();
    chat.httpServer.listen(() => {
      url = `http://localhost:${chat.httpServer.address().port}`;
      ada = connect(url, { auth: { name: "Ada" } });
      grace = connect(url, { auth: { name: "Grace" }, transports: ["websocket"] });
      let count = 0;
      chat.io.on("connection", () => ++count === 2 && done());
    });
  });

  afterAll(() => {
    ada.disconnect();
    grace.disconnect();
    return chat.io.close();
  });

  test("is a server", () => {
    expect(chat.io).toBeInstanceOf(Server);
    expect(chat.io.sockets.sockets.size).toBe(2);
  });

  test("brings a text to the others", (done) => {
    grace.once("said", (message) => {
      expect(message).toEqual({ name: "Ada", text: "hello" });
      done();
    });
    ada.emit("say", "hello", (answer) => expect(answer).toBe("sent"));
  });

  test("answers", async () => {
    await expect(grace.emitWithAck("say", Buffer.from([1]))).resolves.toBe("sent");
  });

  test("wants to know names", (done) => {
    const stranger = connect(url, { forceNew: true });
    stranger.on("connect_error", (error) => {
      expect(error.message).toBe("who are you?");
      stranger.disconnect();
      done();
    });
  });

  test("lets itself be spied on", async () => {
    const emit = jest.spyOn(chat.io, "emit");
    const heard = new Promise((resolve) => ada.once("news", resolve));
    chat.io.emit("news", 1);
    expect(await heard).toBe(1);
    expect(emit).toHaveBeenCalledWith("news", 1);
  });
});
