/** What reading a body came to. */
export type BodyResult = Uint8Array<ArrayBuffer> | "too_large" | "timeout" | "incomplete" | "full";

/** Bytes that all bodies in progress hold together. */
export class BodyBudget {
  readonly #limit: number;
  #held = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  take(bytes: number): boolean {
    if (this.#held + bytes > this.#limit) return false;
    this.#held += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }
}

/** A body, or why there is none. What it holds of the budget is given back by `release`. */
export interface BodyRead {
  readonly result: BodyResult;
  release(): void;
}

/** What bounds the reading of a body. */
export interface BodyLimits {
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly budget: BodyBudget;
}

/** Reads a body whole, within its limits. */
export async function readBody(request: Request, { maxBytes, timeoutMs, budget }: BodyLimits): Promise<BodyRead> {
  let bytes = 0;
  const chunks: Uint8Array[] = [];
  const end = (result: BodyResult) => ({ result, release: () => budget.give(bytes) });
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) return end("too_large");
  if (request.body === null) return end(new Uint8Array());
  const reader = request.body.getReader();
  const deadline = startDeadline(timeoutMs);
  try {
    while (true) {
      const next = await Promise.race([reader.read(), deadline.passed]);
      if (next === "timeout") return end(cancel(reader, "timeout"));
      if (next.done) return end(concat(chunks, bytes));
      if (bytes + next.value.length > maxBytes) return end(cancel(reader, "too_large"));
      if (!budget.take(next.value.length)) return end(cancel(reader, "full"));
      bytes += next.value.length;
      chunks.push(next.value);
    }
  } catch {
    return end("incomplete");
  } finally {
    deadline.clear();
  }
}

function startDeadline(timeoutMs: number): { readonly passed: Promise<"timeout">; clear(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const passed = new Promise<"timeout">((resolve) => {
    timer = setTimeout(() => resolve("timeout"), timeoutMs);
  });
  return { passed, clear: () => clearTimeout(timer) };
}

/** Not awaited: the sender may hang. */
function cancel<R>(reader: ReadableStreamDefaultReader, result: R): R {
  reader.cancel().catch(() => {});
  return result;
}

export function concat(chunks: readonly Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(bytes);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
