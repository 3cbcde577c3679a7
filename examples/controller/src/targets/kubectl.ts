import { CommandError, type CommandResult, runCommand } from "../cli/command.js";
import { AbortedError, ApplyError } from "../errors.js";

const TIMEOUT_MS = 120_000;

/** Runs `kubectl` against one context. */
export class Kubectl {
  readonly #context: string;

  constructor(context: string) {
    this.#context = context;
  }

  /**
   * Returns whatever kubectl exits with.
   *
   * @throws {ApplyError} when it cannot be run to its end.
   */
  async run(args: readonly string[], signal: AbortSignal, input?: string): Promise<CommandResult> {
    try {
      return await runCommand("kubectl", [`--context=${this.#context}`, ...args], {
        // Another diff program would answer in another format; colours would too.
        env: { ...process.env, KUBECTL_EXTERNAL_DIFF: "", LC_ALL: "C" },
        input,
        timeoutMs: TIMEOUT_MS,
        signal,
      });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (error.reason === "aborted") throw new AbortedError();
      if (error.reason === "missing") {
        throw new ApplyError("apply_error", "kubectl was not found on the PATH: install it, or use --target instead");
      }
      throw new ApplyError(error.reason === "timeout" ? "timeout" : "apply_error", error.message);
    }
  }
}

/** The error that kubectl's words amount to. */
export function kubectlError(stderr: string): ApplyError {
  return new ApplyError(classify(stderr), `kubectl failed: ${stderr.trim() || "it did not say why"}`);
}

function classify(stderr: string): "conflict" | "auth" | "validation" | "timeout" | "apply_error" {
  if (/\bconflict/i.test(stderr)) return "conflict";
  if (/unauthorized|forbidden|must be logged in|provide credentials/i.test(stderr)) return "auth";
  if (/timed? ?out|deadline exceeded/i.test(stderr)) return "timeout";
  if (/invalid|validation|unknown field|BadRequest|no matches for kind|strict decoding/i.test(stderr)) {
    return "validation";
  }
  return "apply_error";
}
