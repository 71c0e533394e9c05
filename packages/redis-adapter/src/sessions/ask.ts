import type { Clock } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import type { RedisArgument } from "../connection/redis-client.ts";
import type { RedisLink } from "../connection/redis-link.ts";

/** How long an answer is waited for. */
const TIMEOUT_MS = 5_000;

/**
 * Sends a command and gives the answer.
 * @throws `STORAGE_DOWN` while there is no connection: clients keep what a server that is away does not take, so it is not asked
 * @throws `STORAGE_TIMEOUT` if the answer takes too long
 */
export async function ask(
  link: Pick<RedisLink, "isUp" | "command">,
  clock: Clock,
  args: readonly RedisArgument[],
  key?: string,
): Promise<unknown> {
  if (!link.isUp) throw codedError("STORAGE_DOWN", "there is no connection to Redis");
  return await new Promise<unknown>((resolve, reject) => {
    const expire = (): void => reject(codedError("STORAGE_TIMEOUT", `no answer from Redis within ${TIMEOUT_MS} ms`));
    const timer = clock.schedule(expire, TIMEOUT_MS, true);
    link
      .command(args, key)
      .then(resolve, reject)
      .finally(() => timer.cancel());
  });
}
