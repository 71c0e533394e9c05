// What the clients do, by name. Each gets the connections, its parameters, and the run's counters.
import { frame } from "./frames.mjs";

export const loads = { echo, answer, broadcast, burst, chat, flood, openLoop, pollingEcho, postFlood };

const NEXT = frame('42["next"]');

/** Keeps `window` messages in flight on every connection; the server answers each. */
function echo(connections, { message, window }, run) {
  const single = frame(message);
  const all = Buffer.concat(Array.from({ length: window }, () => single));
  for (const connection of connections) {
    const sentAt = new Float64Array(window).fill(performance.now()); // a ring: answers come in order
    let oldest = 0;
    let answered = 0;
    connection.onMessage = (_connection, _buffer, _start, _end, _isBinary, now) => {
      answered++;
      run.count++;
      run.latency.add(now - sentAt[oldest]);
      oldest = (oldest + 1) % window;
    };
    connection.onRead = (_connection, now) => {
      if (answered === 0 || run.stopped) return;
      for (let index = 0; index < answered; index++) sentAt[(oldest + window - answered + index) % window] = now;
      connection.write(all.subarray(0, answered * single.length));
      answered = 0;
    };
    connection.write(all);
  }
}

/** Answers the server's acknowledgement requests; the server keeps `window` of them in flight. */
function answer(connections, { window }, run) {
  for (const connection of connections) {
    let answers = [];
    connection.onMessage = (_connection, buffer, start) => {
      let end = start + 2;
      while (buffer[end] >= 0x30 && buffer[end] <= 0x39) end++;
      run.count++;
      answers.push(frame(`43${buffer.latin1Slice(start + 2, end)}["ok"]`));
    };
    connection.onRead = () => {
      if (answers.length > 0 && !run.stopped) connection.write(Buffer.concat(answers));
      answers = [];
    };
    connection.send(`42["ask",${window}]`);
  }
}

/** Asks for the next broadcast as soon as one has reached everybody; `inFlight` of them at a time. */
function broadcast(connections, { perRound, inFlight, binary }, run) {
  const askedAt = [];
  const ask = () => {
    askedAt.push(performance.now());
    connections[0].write(NEXT);
  };
  const before = run.count;
  for (const connection of connections) {
    connection.onMessage = (_connection, _buffer, _start, _end, isBinary, now) => {
      if (isBinary !== binary) return;
      run.count++;
      if ((run.count - before) % perRound !== 0) return;
      run.latency.add(now - askedAt.shift());
      if (!run.stopped) ask();
    };
  }
  for (let index = 0; index < inFlight; index++) ask();
}

/** Asks for `size` messages emitted in one tick, again and again. */
function burst(connections, { size }, run) {
  const request = frame(`42["burst",${size}]`);
  for (const connection of connections) {
    let received = 0;
    let askedAt = performance.now();
    connection.onMessage = (_connection, _buffer, _start, _end, _isBinary, now) => {
      run.count++;
      if (++received < size) return;
      received = 0;
      run.latency.add(now - askedAt);
      askedAt = now;
      if (!run.stopped) connection.write(request);
    };
    connection.write(request);
  }
}

/** Saturation: everybody's message goes to all; each client sends again after it has received one from everybody. */
function chat(connections, _parameters, run) {
  for (const connection of connections) {
    let received = 0;
    let sentAt = performance.now();
    connection.onMessage = (_connection, _buffer, _start, _end, _isBinary, now) => {
      run.count++;
      if (++received < connections.length) return;
      received = 0;
      run.latency.add(now - sentAt);
      sentAt = now;
      if (!run.stopped) connection.write(NEXT);
    };
    connection.write(NEXT);
  }
}

/**
 * Ordinary load: `rate` events a second in all, at random moments from random clients, whatever the server does. It answers each
 * with an event of four letters and the same argument. Latency counts from the moment a message was due, so that a stalled server is charged for its queue.
 */
function openLoop(connections, { rate, event }, run) {
  const random = seeded(12_345);
  const say = (index, dueMs) => connections[index].write(frame(`42["${event}",${dueMs.toFixed(3)}]`));
  for (const connection of connections) {
    connection.onMessage = (_connection, buffer, start, end, _isBinary, now) => {
      run.count++;
      run.latency.add(now - Number(buffer.latin1Slice(start + 10, end - 1))); // 42["said",<due>] or "echo"
    };
  }
  let dueMs = performance.now();
  const sendDue = () => {
    if (run.stopped) return;
    const now = performance.now();
    for (; dueMs <= now; dueMs -= (Math.log(1 - random()) * 1_000) / rate)
      say(Math.floor(random() * connections.length), dueMs);
    setTimeout(sendDue, 1);
  };
  sendDue();
}

function pollingEcho(connections, { message }, run) {
  for (const connection of connections) {
    let sentAt = performance.now();
    connection.onMessage = (_connection, _text, now) => {
      run.count++;
      run.latency.add(now - sentAt);
      if (run.stopped) return;
      sentAt = now;
      connection.post(message);
    };
    connection.post(message);
  }
}

/** Small events, as fast as the server takes them. */
function flood(connections, _parameters, run) {
  const single = frame('42["quiet",1]');
  const many = Buffer.concat(Array.from({ length: 4_000 }, () => single));
  for (const { socket } of connections) {
    const pump = () => {
      while (!run.stopped && socket.write(many));
      if (!run.stopped) socket.once("drain", pump);
    };
    pump();
  }
}

/** Posts with the same body, one after the other: `packet` as often as it fits in `bytes`. */
function postFlood(connections, { packet, bytes }, run) {
  const count = Math.floor((bytes + 1) / (packet.length + 1));
  const body = Array.from({ length: count }, () => packet).join("\x1e");
  for (const connection of connections) {
    connection.onPosted = () => {
      run.count++;
      if (!run.stopped) connection.post(body);
    };
    connection.post(body);
  }
}

function seeded(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
}
