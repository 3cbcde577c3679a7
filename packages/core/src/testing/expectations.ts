/** One requirement of `docs/writing-a-subscriber.md` or `docs/writing-a-sink.md`. */
export interface ConformanceCase {
  /** States the requirement. */
  readonly name: string;
  /** Rejects with an error that says how what is tested falls short. */
  run(): Promise<void>;
}

/** Milliseconds within which work must settle once its signal has aborted. */
export const ABORT_GRACE_MS = 2000;
/** Milliseconds that flush and close may take when nothing is wrong. */
export const PATIENCE_MS = 10_000;

/** Rejects unless the work settles in time. */
export async function within<T>(milliseconds: number, what: string, work: T | PromiseLike<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not settle within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function assert(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}
