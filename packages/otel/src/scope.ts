import { version } from "../package.json";

/** The instrumentation scope of all that this package produces. */
export const SCOPE = "@alumiini/otel";
export const SCOPE_VERSION: string = version;
