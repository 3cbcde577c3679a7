/**
 * Returns a property of a value from outside, or `undefined` where there is none. Never throws, whatever the value is:
 * getters and proxies that throw count as absent.
 */
export function readProperty(value: unknown, name: PropertyKey): unknown {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  try {
    return Reflect.get(value, name);
  } catch {
    return undefined;
  }
}
