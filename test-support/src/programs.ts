import { spawnSync } from "node:child_process";
import { delimiter } from "node:path";

/** With the directories in which Debian installs servers, and only root looks. */
export const environment = {
  ...process.env,
  PATH: [process.env["PATH"], "/usr/sbin", "/usr/local/sbin"].join(delimiter),
};

const found = new Map<string, boolean>();

/** Whether a program is there to be run, asked for its version once. */
export function isInstalled(program: string, argument = "--version"): boolean {
  let answer = found.get(program);
  if (answer === undefined) {
    answer = spawnSync(program, [argument], { env: environment }).error === undefined;
    found.set(program, answer);
  }
  return answer;
}

/** Skips the test where a program is missing. In CI what was skipped has failed. */
export function needProgram(context: { skip(reason: string): void }, program: string, argument?: string): void {
  if (!isInstalled(program, argument)) context.skip(`${program} is not installed`);
}
