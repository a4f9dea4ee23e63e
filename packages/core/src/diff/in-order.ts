/**
 * Works on items side by side and takes the results in the items' order. So many are on their way at most:
 * the next one starts as soon as the oldest is taken, not when all of a batch are done. Rejects with the
 * first failure in that order.
 */
export async function inOrder<Item, Result>(
  items: readonly Item[],
  how: {
    readonly atOnce: number;
    readonly run: (item: Item) => Promise<Result>;
    readonly take: (result: Result, done: number) => void;
  },
): Promise<void> {
  const running: Promise<Result>[] = [];
  let done = 0;
  const takeOldest = async (): Promise<void> => {
    const oldest = running.shift();
    if (oldest === undefined) return;
    const result = await oldest;
    done++;
    how.take(result, done);
  };
  for (const item of items) {
    if (running.length >= how.atOnce) await takeOldest();
    const result = how.run(item);
    // A failure is reported when its turn comes, or not at all behind an earlier one.
    result.catch(() => undefined);
    running.push(result);
  }
  while (running.length > 0) await takeOldest();
}
