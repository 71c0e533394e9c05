import { expectTypeOf, test } from "vitest";
import type { BaseServer, ErrorCallback, Server, Socket } from "./index.ts";

test("a server is a base server, which is used without knowing how it is attached", () => {
  expectTypeOf<Server>().toExtend<BaseServer>();
  expectTypeOf<BaseServer>().not.toExtend<Server>();
  const use = (server: BaseServer): void => {
    server.on("connection", (socket) => expectTypeOf(socket).toEqualTypeOf<Socket>());
    server.use((_request, _response, next) => next());
    expectTypeOf(server.clientsCount).toBeNumber();
    // @ts-expect-error how it is attached is the matter of each kind
    server.attach();
  };
  expectTypeOf(use).toBeFunction();
});

test("a decision over a request is a code of errors and what is known besides", () => {
  const decide: ErrorCallback = (code, context) => {
    expectTypeOf(code).toEqualTypeOf<0 | 1 | 2 | 3 | 4 | 5 | undefined>();
    expectTypeOf(context?.name).toEqualTypeOf<string | undefined>();
  };
  expectTypeOf(decide).toBeCallableWith(3, { name: "MIDDLEWARE_FAILURE" });
  expectTypeOf(decide).toBeCallableWith();
});
