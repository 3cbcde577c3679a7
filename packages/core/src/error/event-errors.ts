import type { AluminiEvent } from "../event/event.js";
import { type ErrorDetails, errorDetails } from "./describe-error.js";

/** The errors that events report, for as long as the events live. Details are made when an adapter asks for them. */
const errors = /* @__PURE__ */ new WeakMap<object, { readonly error: unknown; details?: ErrorDetails }>();

/** Notes the error that an event, or the fields that one will be made of, report. */
export function noteError(of: object, error: unknown): void {
  errors.set(of, { error });
}

/** The event takes over the error of the fields that it was made of. */
export function passError(fields: object, event: object): void {
  const noted = errors.get(fields);
  if (noted !== undefined) errors.set(event, noted);
}

/**
 * Returns class, stack and causes of the error that `fail` was given, bounded and without credentials. There are none
 * for events that came over the wire or through `emit`, or whose failure was given as fields.
 */
export function errorOf(event: AluminiEvent): ErrorDetails | undefined {
  const noted = errors.get(event);
  if (noted === undefined) return undefined;
  noted.details ??= errorDetails(noted.error);
  return noted.details;
}
