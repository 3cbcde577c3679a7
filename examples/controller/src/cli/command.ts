import { type ChildProcess, spawn } from "node:child_process";

/** How one child process is run. */
export interface CommandOptions {
  /** The whole environment of the child. Default: this process's own. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Written to the child's standard input, which is then closed. */
  readonly input?: string | undefined;
  /** Milliseconds after which the child is killed. */
  readonly timeoutMs: number;
  /** Kills the child when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Bytes of standard output after which the child is killed. Default 64 MiB. */
  readonly maxOutputBytes?: number | undefined;
}

/** What a child that ran to its end left behind, whatever its exit code. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  /** At most the last 16 KiB. */
  readonly stderr: string;
}

/** Why a child did not run to its end. */
export type CommandFailure = "missing" | "not_started" | "timeout" | "aborted" | "too_much_output" | "killed";

/** A child that did not run to its end. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly reason: CommandFailure;

  constructor(reason: CommandFailure, message: string) {
    super(message);
    this.reason = reason;
  }
}

const STDERR_BYTES = 16 * 1024;
const DEFAULT_OUTPUT_BYTES = 64 * 1024 * 1024;
/** A child that ignores SIGTERM for this long gets SIGKILL. */
const KILL_GRACE_MS = 2000;

/**
 * Runs a program without a shell and resolves when it and its pipes are closed. It is the leader of its own process
 * group, so that a timeout or abort also ends the helpers it started (git starts several), and so that a Ctrl-C in the
 * terminal reaches only the controller, which then decides.
 */
export function runCommand(program: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const { signal, timeoutMs, maxOutputBytes = DEFAULT_OUTPUT_BYTES } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(new CommandError("aborted", `${program} was not started: the controller is stopping`));
      return;
    }
    const child = spawn(program, args, {
      env: options.env ?? process.env,
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });

    const stdout: Buffer[] = [];
    let stdoutBytes = 0;
    let stderr = "";
    let failure: CommandError | undefined;
    let killTimer: NodeJS.Timeout | undefined;

    const end = (reason: CommandFailure, message: string) => {
      if (failure !== undefined) return;
      failure = new CommandError(reason, message);
      killGroup(child, "SIGTERM");
      killTimer = setTimeout(() => killGroup(child, "SIGKILL"), KILL_GRACE_MS);
    };
    const onAbort = () => end("aborted", `${program} was ended: the controller is stopping`);
    const timeout = setTimeout(() => end("timeout", `${program} took longer than ${timeoutMs} ms`), timeoutMs);
    const release = () => {
      clearTimeout(timeout);
      clearTimeout(killTimer);
      signal?.removeEventListener("abort", onAbort);
    };
    signal?.addEventListener("abort", onAbort);

    child.stdout.on("data", (chunk: Buffer) => {
      stdoutBytes += chunk.length;
      if (stdoutBytes <= maxOutputBytes) stdout.push(chunk);
      else end("too_much_output", `${program} printed more than ${maxOutputBytes} bytes`);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-STDERR_BYTES);
    });
    child.on("error", (error: NodeJS.ErrnoException) => {
      release();
      if (error.code === "ENOENT") reject(new CommandError("missing", `${program} was not found on the PATH`));
      else reject(new CommandError("not_started", `${program} could not be started: ${error.message}`));
    });
    child.on("close", (exitCode, exitSignal) => {
      release();
      if (failure !== undefined) reject(failure);
      else if (exitCode === null) reject(new CommandError("killed", `${program} was ended by ${exitSignal}`));
      else resolve({ exitCode, stdout: Buffer.concat(stdout), stderr });
    });

    // A child that exits without reading its input breaks the pipe; its exit code tells the reason.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input);
  });
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // No such group (it is gone, or the platform has none): the child itself is all there is to end.
    child.kill(signal);
  }
}
