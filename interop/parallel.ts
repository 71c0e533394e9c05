/**
 * Does work with several hands at a time until `next` gives no more of it. After a failure no more is begun; what is under
 * way comes to its end before the first failure is thrown.
 */
export async function inParallel(hands: number, next: () => Promise<void> | undefined): Promise<void> {
  const failures: unknown[] = [];
  const hand = async (): Promise<void> => {
    for (let work = next(); work !== undefined; work = failures.length === 0 ? next() : undefined) {
      await work.catch((failure: unknown) => failures.push(failure));
    }
  };
  await Promise.all(Array.from({ length: hands }, hand));
  if (failures.length > 0) throw failures[0];
}
