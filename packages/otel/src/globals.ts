import { version } from "../package.json";

/** The instrumentation scope of all that this package produces. */
export const SCOPE = "@alumiini/otel";
export const SCOPE_VERSION: string = version;

/** The key under which all copies of `@opentelemetry/api` 1.x find what was registered. */
export const REGISTRY: unique symbol = Symbol.for("opentelemetry.js.api.1");

/** The key under which all copies of `@opentelemetry/api-logs` find a function that returns the logger provider. */
export const LOGS_REGISTRY: unique symbol = Symbol.for("io.opentelemetry.js.api.logs");

/** What that function is to be asked for: the version of the Logs API, which has always been this. */
export const LOGS_VERSION = 1;

/** The global object, as far as it concerns us. Read directly: `Reflect.get` would cost more than all the rest. */
export const globals: { readonly [REGISTRY]?: unknown; readonly [LOGS_REGISTRY]?: unknown } = Object(globalThis);
