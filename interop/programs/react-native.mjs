// A client as React Native has it: neither a page nor Node.js, but WebSocket and XMLHttpRequest. Given the URL of a server and how
// to import the client; prints what the scenario saw. To be run with --conditions=react-native.
import { request } from "node:http";
import { WebSocket } from "ws";

const [url, entry, options = "{}"] = process.argv.slice(2);

/** As much of it as there is in React Native and is not about files. */
class XMLHttpRequest {
  onloadend = null;
  ontimeout = null;
  status = 0;
  responseText = "";
  withCredentials = false;
  timeout = 0;
  #method = "";
  #url = "";
  #headers = {};
  #request;

  open(method, to) {
    this.#method = method;
    this.#url = to;
  }

  setRequestHeader(name, value) {
    this.#headers[name] = value;
  }

  send(body) {
    this.#request = request(this.#url, { method: this.#method, headers: this.#headers }, (response) => {
      response.setEncoding("utf8").on("data", (text) => (this.responseText += text));
      response.on("end", () => this.#end(response.statusCode));
    });
    this.#request.on("error", () => this.#end(0)).end(body);
  }

  abort() {
    this.#request.destroy();
  }

  #end(status) {
    this.status = status;
    this.onloadend?.();
  }
}

Object.defineProperty(globalThis, "navigator", { value: { product: "ReactNative" }, configurable: true });
Object.assign(globalThis, { window: globalThis, WebSocket, XMLHttpRequest });
for (const missing of ["crypto", "TextDecoder", "BroadcastChannel", "structuredClone"]) delete globalThis[missing];

await import("./scenario.js");
const { io } = await import(entry);
const seen = await globalThis.runScenario(io, url, JSON.parse(options));
process.stdout.write(JSON.stringify(seen), () => process.exit());
