/** Reads fields of plain data. What has another type counts as not there. */
export class Fields {
  readonly #value: Readonly<Record<string, unknown>>;

  constructor(value: unknown) {
    this.#value = isObject(value) ? value : {};
  }

  at(...path: readonly string[]): Fields {
    return new Fields(this.#get(path));
  }

  has(...path: readonly string[]): boolean {
    const value = this.#get(path);
    return value !== undefined && value !== null;
  }

  text(...path: readonly string[]): string {
    const value = this.#get(path);
    return typeof value === 'string' ? value : '';
  }

  number(...path: readonly string[]): number {
    return this.optionalNumber(...path) ?? 0;
  }

  optionalNumber(...path: readonly string[]): number | undefined {
    const value = this.#get(path);
    return typeof value === 'number' ? value : undefined;
  }

  isTrue(...path: readonly string[]): boolean {
    return this.#get(path) === true;
  }

  list(...path: readonly string[]): Fields[] {
    const value = this.#get(path);
    return Array.isArray(value) ? value.map((item) => new Fields(item)) : [];
  }

  #get(path: readonly string[]): unknown {
    return path.reduce<unknown>(
      (inner, key) => (isObject(inner) ? inner[key] : undefined),
      this.#value,
    );
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
