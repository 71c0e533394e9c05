import { PollingConnection } from "./polling-connection.mjs";
import { WebSocketConnection } from "./websocket-connection.mjs";

/** Loopback addresses to connect from: one address has too few ports for many connections. */
const ADDRESSES = 8;

export function connect(index, { polling, ...options }) {
  const Connection = polling ? PollingConnection : WebSocketConnection;
  return new Connection({ ...options, localAddress: `127.0.0.${2 + (index % ADDRESSES)}` });
}

/** Opens `count` connections, a bounded number at a time. */
export function openMany({ count, concurrency = 128, ...options }) {
  return new Promise((resolve, reject) => {
    const connections = [];
    let opened = 0;
    const startSome = () => {
      while (connections.length < count && connections.length - opened < concurrency) {
        connections.push(connect(connections.length, { ...options, onOpen, onFail: (_, error) => reject(error) }));
      }
    };
    const onOpen = () => {
      opened++;
      if (opened === count) resolve(connections);
      else startSome();
    };
    startSome();
  });
}
