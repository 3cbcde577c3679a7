import { readProperty } from "../adapter/read-property.js";
import type { OperationName } from "../event/taxonomy.js";
import type { OperationHandle } from "./operation.js";

/** Calls what it is given, once, within all that subscribers keep for an operation. */
export type Activate = (call: () => void) => void;

/** An operation that has begun. */
export interface Begun<O extends OperationName> {
  readonly handle: OperationHandle<O>;
  readonly activations: readonly Activate[];
}

/** Runs `run` under an operation that ends as it ends. */
export function runOperation<O extends OperationName, R>(
  { handle, activations }: Begun<O>,
  run: (handle: OperationHandle<O>) => R,
): R {
  const complete = () => {
    if (!handle.ended) handle.complete();
  };
  const fail = (error: unknown) => {
    if (!handle.ended) handle.fail(error);
  };
  let result: R;
  try {
    result = activate(activations, () => run(handle));
  } catch (error) {
    fail(error);
    throw error;
  }
  // A generator has not run yet: its code ends the handle.
  if (isGenerator(result)) return result;
  if (!isThenable(result)) {
    complete();
    return result;
  }
  // Resolving a promise returns that same promise; of another thenable, `then` must be called only once.
  const settled = Promise.resolve(result);
  settled.then(complete, fail);
  return settled as R;
}

/** Calls within all activations, the first outermost. Whatever they do, the call is made, once. */
function activate<R>(activations: readonly Activate[], call: () => R): R {
  const results: (() => R)[] = [];
  const once = () => {
    if (results.length > 0) return;
    try {
      const result = call();
      results.push(() => result);
    } catch (error) {
      results.push(() => {
        throw error;
      });
    }
  };
  activations.reduceRight<() => void>((inner, outer) => () => outer(inner), once)();
  // In case one of them did not make the call.
  once();
  const [result = call] = results;
  return result();
}

function isGenerator(value: unknown): boolean {
  const tag = readProperty(value, Symbol.toStringTag);
  return (tag === "Generator" || tag === "AsyncGenerator") && typeof readProperty(value, "next") === "function";
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof readProperty(value, "then") === "function";
}
