import type { Attributes, AttributeValue } from "@alumiini/core";
import { type RulesFor, readOptions, value, wholeNumber } from "@alumiini/core/adapter";

/** What all three encoders take. */
export interface TapioOptions {
  /** The `source` of the events: the program that they come from. 1 to 256 characters. Default `alumiini`. */
  readonly source?: string | undefined;
  /**
   * Where the emitting process runs, as OpenTelemetry resource attributes: give it `telemetry.resource`. Read are
   * `k8s.pod.name`, `k8s.namespace.name` and `k8s.node.name`. Default: nothing is known.
   */
  readonly resource?: Attributes | undefined;
  /**
   * The id of the emitting process, such as `process.pid`: a whole number from 1 to 2,147,483,647. Kernel events name the
   * process by the node's own id, which is another one in a container without `hostPID`. An event's attribute
   * `process.pid` overrides it. Default: unknown.
   */
  readonly pid?: number | undefined;
}

/** The options, checked. */
export interface Settings {
  readonly source: string;
  readonly pid: number | undefined;
  /** The controller's pod. A pod name is unique only within its namespace, so both must be known. */
  readonly pod: { readonly namespace: string; readonly name: string } | undefined;
  readonly node: string | undefined;
}

const MAX_PID = 2 ** 31 - 1;
const MAX_SOURCE = 256;

/** How the options are checked. */
export const TAPIO_RULES = {
  source: value(
    `a text of 1 to ${MAX_SOURCE} characters`,
    (given): given is string => typeof given === "string" && given !== "" && given.length <= MAX_SOURCE,
    "alumiini",
  ),
  resource: value(
    "an object with OpenTelemetry resource attributes",
    (given): given is Attributes => typeof given === "object" && given !== null,
    undefined,
  ),
  pid: wholeNumber(1, MAX_PID, undefined),
} satisfies RulesFor<TapioOptions>;

/** @throws {OptionError} for an option that can't be used; `encoder` is the name that its message begins with. */
export function settingsOf(encoder: string, options: TapioOptions): Settings {
  const { source, resource = {}, pid } = readOptions(encoder, options, TAPIO_RULES);
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
