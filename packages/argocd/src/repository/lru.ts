/** A map that forgets what was not asked for longest. */
export class Lru<V> {
  private readonly entries = new Map<string, V>();
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  get size(): number {
    return this.entries.size;
  }

  get(key: string): V | undefined {
    const value = this.entries.get(key);
    if (value === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    this.entries.delete(key);
    this.entries.set(key, value);
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= this.limit) return;
      this.entries.delete(oldest);
    }
  }

  delete(key: string): void {
    this.entries.delete(key);
  }
}

/** Remembers what is being fetched or was fetched, by key; a fault is not kept. */
export class SharedFetches<T extends object> {
  private readonly known: Lru<Promise<T>>;

  constructor(limit: number) {
    this.known = new Lru(limit);
  }

  /** The value of a key, fetched where it is not there. Who asks meanwhile gets the same answer. */
  get(key: string, fetch: () => Promise<T>): Promise<T> {
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const fetching = fetch();
    this.known.set(key, fetching);
    const forget = (): void => {
      if (this.known.get(key) === fetching) this.known.delete(key);
    };
    fetching.then((answer) => {
      if ('fault' in answer) forget();
    }, forget);
    return fetching;
  }

  delete(key: string): void {
    this.known.delete(key);
  }
}
