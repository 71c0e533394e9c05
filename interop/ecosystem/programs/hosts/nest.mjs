// What a compiler makes of a NestJS gateway: decorators applied by hand, as Node.js does not know them.
import "reflect-metadata";
import { Controller, Get, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { IoAdapter } from "@nestjs/platform-socket.io";
import {
  Ack,
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  WsException,
} from "@nestjs/websockets";
import { live } from "../lifecycle.mjs";

class Hello {
  hello() {
    return "hello";
  }
}
Controller()(Hello);
decorate(Hello, "hello", [Get("hello")]);

class Events {
  afterInit(server) {
    server.use((socket, next) => {
      socket.data.seen = ["middleware"];
      next();
    });
  }

  handleConnection(socket) {
    socket.data.seen.push("connection");
    void socket.join("everyone");
  }

  echo(value, socket, reply) {
    reply(value, socket.handshake.secure, socket.handshake.url.split("?")[0]);
  }

  returned(value, socket) {
    return { event: "returned", data: [value, socket.data.seen] };
  }

  acknowledged(value) {
    return `got ${value}`;
  }

  shout(value) {
    this.server.to("everyone").emit("shout", value);
  }

  failing() {
    throw new WsException("no such thing");
  }
}
WebSocketGateway({ connectTimeout: 5_000 })(Events);
WebSocketServer()(Events.prototype, "server");
decorate(Events, "echo", [SubscribeMessage("echo")], MessageBody(), ConnectedSocket(), Ack());
decorate(Events, "returned", [SubscribeMessage("returned")], MessageBody(), ConnectedSocket());
decorate(Events, "acknowledged", [SubscribeMessage("acknowledged")], MessageBody());
decorate(Events, "shout", [SubscribeMessage("shout")], MessageBody());
decorate(Events, "failing", [SubscribeMessage("failing")]);

class Rooms {
  where(_value, socket) {
    return socket.nsp.name;
  }
}
WebSocketGateway({ namespace: "rooms" })(Rooms);
decorate(Rooms, "where", [SubscribeMessage("where")], MessageBody(), ConnectedSocket());

class Application {}
Module({ controllers: [Hello], providers: [Events, Rooms] })(Application);

const app = await NestFactory.create(Application, { logger: ["error"] });
app.useWebSocketAdapter(new IoAdapter(app));
await app.listen(0, "127.0.0.1");
live(app.getHttpServer(), () => app.close());

function decorate(type, method, decorators, ...parameters) {
  parameters.forEach((parameter, index) => parameter(type.prototype, method, index));
  const descriptor = Object.getOwnPropertyDescriptor(type.prototype, method);
  for (const decorator of decorators) decorator(type.prototype, method, descriptor);
}
