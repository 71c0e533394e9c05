import { Injectable } from "@nestjs/common";

export interface Order {
  readonly id: number;
  readonly item: string;
}

@Injectable()
export class OrdersService {
  readonly #orders: Order[] = [];

  add(item: string): Order {
    const order = { id: this.#orders.length + 1, item };
    this.#orders.push(order);
    return order;
  }

  all(): readonly Order[] {
    return this.#orders;
  }
}
