import { readProperty } from "@alumiini/core/adapter";

/** Runs a function and returns its result. */
type Run = <T>(call: () => T) => T;

const runDirectly: Run = (call) => call();

/**
 * Runs a function outside of the caller's asynchronous context (`AsyncLocalStorage`): in the one in which this module
 * was loaded. What it starts (microtasks, timers, sends, callbacks) stays outside too. Otherwise a batch would run in
 * the trace of whichever operation woke the runtime up, and its requests would bear that trace's headers.
 *
 * On platforms without `AsyncLocalStorage`, and in Node before 20.16, which does not give it to code that runs everywhere,
 * it only calls the function.
 */
export const outsideContext: Run = /* @__PURE__ */ captureContext();

function captureContext(): Run {
  // Not imported: this package also runs where there is no `node:async_hooks`.
  const process = readProperty(globalThis, "process");
  const getBuiltinModule = readProperty(process, "getBuiltinModule");
  if (typeof getBuiltinModule !== "function") return runDirectly;
  try {
    const hooks: unknown = Reflect.apply(getBuiltinModule, process, ["node:async_hooks"]);
    const storage = readProperty(hooks, "AsyncLocalStorage");
    const snapshot = readProperty(storage, "snapshot");
    if (typeof snapshot !== "function") return runDirectly;
    const run: unknown = Reflect.apply(snapshot, storage, []);
    if (typeof run !== "function") return runDirectly;
    return <T>(call: () => T): T => {
      let result: { readonly value: T } | undefined;
      Reflect.apply(run, undefined, [
        () => {
          result = { value: call() };
        },
      ]);
      // A snapshot calls back before it returns, and throws what the call throws.
      if (result === undefined) throw new Error("the asynchronous context did not run the call");
      return result.value;
    };
  } catch {
    return runDirectly;
  }
}
