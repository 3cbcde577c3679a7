/** What a store throws; its message is for the person who runs it. */
export class StoreError extends Error {
  override readonly name: string = "StoreError";
}

/** Another process or thread has the store open. */
export class StoreHeld extends StoreError {
  override readonly name = "StoreHeld";
}

/** The engine's package is not installed. */
export class MissingClient extends StoreError {
  override readonly name = "MissingClient";
}

/** The store has been closed. */
export class StoreClosed extends StoreError {
  override readonly name = "StoreClosed";
}

/** A query took longer than its deadline. */
export class QueryTimeout extends StoreError {
  override readonly name = "QueryTimeout";
}

/** More is waiting than the store's bounds allow; try again later. */
export class StoreBusy extends StoreError {
  override readonly name = "StoreBusy";
}

/** The file is damaged where it was read. */
export class StoreDamaged extends StoreError {
  override readonly name = "StoreDamaged";
}

/** The disk is full or read-only, memory has run out, or the server can't be reached: it may work later. */
export class StoreUnavailable extends StoreError {
  override readonly name = "StoreUnavailable";
}

/** A row does not fit its table; the message names the column, never the value. */
export class InvalidRow extends StoreError {
  override readonly name = "InvalidRow";
}

/** The text of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code of a system error, `ENOENT` for instance. */
export function codeOf(error: unknown): string | undefined {
  const code: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? code : undefined;
}
