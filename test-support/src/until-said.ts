import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { PortTaken, saysPortTaken } from "./ports.ts";

const MOST_LINES = 100;

/**
 * Resolves when the server says `text` on stderr, which must be a pipe. Rejects with what it said where it ends instead,
 * with {@link PortTaken} where it could not listen.
 */
export async function untilSaid(name: string, child: ChildProcess, text: string): Promise<void> {
  if (child.stderr === null) throw new Error(`nothing of what ${name} says comes here`);
  const lines = createInterface({ input: child.stderr });
  const log: string[] = [];
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    lines.on("line", (line) => {
      if (log.length < MOST_LINES) log.push(line);
      if (line.includes(text)) resolve();
    });
    lines.once("close", () => {
      const said = `${name} did not start:\n${log.join("\n")}`;
      reject(saysPortTaken(said) ? new PortTaken(said) : new Error(said));
    });
  });
}
