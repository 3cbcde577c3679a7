/**
 * Reads the fields of an answer. The type names them, so that a wrong name does not compile; what a server really sent
 * is looked at when it is read.
 */
export class Fields<T> {
  readonly #value: object;

  constructor(value: unknown) {
    this.#value = typeof value === "object" && value !== null ? value : {};
  }

  text(name: keyof T & string): string | null {
    const value: unknown = Reflect.get(this.#value, name);
    return typeof value === "string" ? value : null;
  }

  number(name: keyof T & string): number | null {
    const value: unknown = Reflect.get(this.#value, name);
    return typeof value === "number" ? value : null;
  }

  /** Whether a field is true. */
  flag(name: keyof T & string): boolean {
    return Reflect.get(this.#value, name) === true;
  }

  /** What an object in a field holds; an empty one where there is none. */
  part<Name extends keyof T & string>(name: Name): Fields<NonNullable<T[Name]>> {
    return new Fields(Reflect.get(this.#value, name));
  }

  has(name: keyof T & string): boolean {
    return (Reflect.get(this.#value, name) ?? null) !== null;
  }

  list<Name extends keyof T & string>(name: Name): Fields<ItemOf<T[Name]>>[] {
    const value: unknown = Reflect.get(this.#value, name);
    return Array.isArray(value) ? value.map((item) => new Fields<ItemOf<T[Name]>>(item)) : [];
  }

  /** As it came, for JSON. */
  get raw(): object {
    return this.#value;
  }
}

type ItemOf<T> = NonNullable<T> extends readonly (infer Item)[] ? Item : never;
