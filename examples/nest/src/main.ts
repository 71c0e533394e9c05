// A NestJS application whose gateway runs on Halyard: package.json says that "socket.io" is @halyard/server. `PORT` says where it listens.
import "reflect-metadata";
import { Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { OrdersGateway } from "./orders.gateway.js";
import { OrdersService } from "./orders.service.js";

@Module({ providers: [OrdersGateway, OrdersService] })
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: ["warn", "error"] });
app.enableShutdownHooks();
await app.listen(Number(process.env["PORT"] ?? 3000));
console.log(`The orders are ready: ${(await app.getUrl()).replace("[::1]", "localhost")}\nCtrl-C stops it.`);
