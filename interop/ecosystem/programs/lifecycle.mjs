// How the programs speak with the tests that run them: they tell their port, answer questions, and close when asked to.

/**
 * @param {{ address(): unknown }} httpServer one that listens, or is about to
 * @param {() => unknown} close ends whatever keeps the process alive
 * @param {Record<string, () => unknown>} answers to the test's questions, by name
 */
export function live(httpServer, close, answers = {}) {
  const announce = () => process.send({ topic: "listening", port: httpServer.address().port });
  if (httpServer.listening) announce();
  else httpServer.once("listening", announce);
  process.on("message", async (topic) => {
    if (topic !== "close") return process.send({ topic, value: await answers[topic]() });
    await close();
    process.disconnect();
  });
  process.once("disconnect", () => setTimeout(() => process.exit(1), 10_000).unref());
}
