import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  WsException,
  type OnGatewayConnection,
} from "@nestjs/websockets";
import { Server, Socket } from "socket.io";
import { OrdersService, type Order } from "./orders.service.js";

@WebSocketGateway({ namespace: "orders" })
export class OrdersGateway implements OnGatewayConnection {
  @WebSocketServer()
  readonly server!: Server;

  constructor(private readonly orders: OrdersService) {}

  handleConnection(client: Socket): void {
    client.emit("orders", this.orders.all());
  }

  /** What a handler returns goes to the client as the acknowledgement. */
  @SubscribeMessage("order")
  order(@MessageBody() item: unknown, @ConnectedSocket() client: Socket): Order {
    if (typeof item !== "string" || item === "") throw new WsException("an item is needed");
    const order = this.orders.add(item);
    client.broadcast.emit("ordered", order);
    return order;
  }
}
