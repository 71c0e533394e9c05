import type { IncomingMessage, ServerResponse } from "node:http";
import { expectTypeOf, test } from "vitest";
import type { Middleware } from "./middleware.ts";

interface ExpressRequest extends IncomingMessage {
  session: { id: string };
}
interface ExpressResponse extends ServerResponse {
  json(body: unknown): this;
}
type ExpressNext = (error?: unknown) => void;

test("middlewares that are typed for Express are taken, whatever they return", () => {
  expectTypeOf<(req: ExpressRequest, res: ExpressResponse, next: ExpressNext) => void>().toExtend<Middleware>();
  expectTypeOf<(req: ExpressRequest, res: ExpressResponse) => Promise<ExpressResponse>>().toExtend<Middleware>();
});

test("other functions are not", () => {
  expectTypeOf<(url: string) => void>().not.toExtend<Middleware>();
  expectTypeOf<(req: IncomingMessage, next: ExpressNext) => void>().not.toExtend<Middleware>();
});
