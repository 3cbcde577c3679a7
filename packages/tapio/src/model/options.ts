import type { Attributes, AttributeValue } from "@alumiini/core";

/** What all three encoders take. */
export interface TapioOptions {
  /** The program that the events say they come from. 1 to 256 characters. Default `alumiini`. */
  readonly source?: string | undefined;
  /**
   * Where the emitting process runs, as OpenTelemetry resource attributes: give it `telemetry.resource`. Read are
   * `k8s.pod.name`, `k8s.namespace.name` and `k8s.node.name`. Default: nothing is known.
   */
  readonly resource?: Attributes | undefined;
  /**
   * The id of the emitting process, such as `process.pid`: a whole number from 1 to 2,147,483,647. Kernel events name the
   * process by the node's own id, which is another one in a container without `hostPID`. An event's attribute
   * `process.pid` goes before. Default: unknown.
   */
  readonly pid?: number | undefined;
}

/** The options, checked. */
export interface Settings {
  readonly source: string;
  readonly pid: number | undefined;
  /** The controller's pod; one without a namespace can't be told from others of its name. */
  readonly pod: { readonly namespace: string; readonly name: string } | undefined;
  readonly node: string | undefined;
}

const MAX_PID = 2 ** 31 - 1;

/** @throws {TypeError} for an option that can't be used. */
export function settingsOf(encoder: string, { source = "alumiini", resource = {}, pid }: TapioOptions): Settings {
  if (typeof source !== "string" || source === "" || source.length > 256) {
    throw new TypeError(`${encoder}: source must be a text of 1 to 256 characters`);
  }
  if (pid !== undefined && toPid(pid) === undefined) {
    throw new TypeError(`${encoder}: pid must be a whole number from 1 to ${MAX_PID}`);
  }
  const namespace = textOf(resource["k8s.namespace.name"]);
  const pod = textOf(resource["k8s.pod.name"]);
  return {
    source,
    pid,
    pod: namespace !== undefined && pod !== undefined ? { namespace, name: pod } : undefined,
    node: textOf(resource["k8s.node.name"]),
  };
}

/** The value as a process id, where it can be one. */
export function toPid(value: unknown): number | undefined {
  const pid = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof pid === "number" && Number.isInteger(pid) && pid > 0 && pid <= MAX_PID ? pid : undefined;
}

function textOf(value: AttributeValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
