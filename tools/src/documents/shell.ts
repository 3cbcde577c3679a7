import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "../../../test-support/src/ports.ts";
import { ROOT } from "../workspace.ts";
import type { Block } from "./blocks.ts";

const ALUMIINI = join(ROOT, "packages/cli/dist/main.js");
/** Questions, which print a table where a person reads. */
const TABLES = "fleet|syncs|show|around|dora|slo|deliveries";

/** Notes its arguments, and what it would have applied; there are no objects to get. */
const KUBECTL = [
  'echo "== kubectl $*" >> "$NOTES"',
  'for last in "$@"; do :; done',
  'case "$*" in',
  '  *"-f -") cat >> "$NOTES" ;;',
  '  *--patch-file*) cat "$last" >> "$NOTES" ;;',
  '  get*) echo \'{"apiVersion":"v1","kind":"List","items":[]}\' ;;',
  "esac",
].join("\n");

/** What a block printed. */
export interface Printed {
  readonly status: number | null;
  readonly text: string;
}

/**
 * Runs the blocks of a document as a person would type them, in one directory: files are saved, a server goes into
 * another terminal, exported variables stay. Differences from what is printed: port 8080 is a free one, tables are
 * printed as on a terminal, and there is no cluster: `kubectl` only notes what it is given.
 */
export class DocumentShell {
  readonly directory = mkdtempSync(join(tmpdir(), "document-"));
  readonly port: number;
  readonly #servers: ChildProcess[] = [];

  private constructor(port: number, modules: string) {
    this.port = port;
    const bin = join(this.directory, "bin");
    mkdirSync(bin);
    const script = (name: string, text: string) => {
      writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
      chmodSync(join(bin, name), 0o755);
    };
    const run = `exec "${process.execPath}" "${ALUMIINI}" "$@"`;
    script("alumiini", `case "$1" in ${TABLES}) set -- "$@" --output table;; esac\n${run}`);
    script("kubectl", KUBECTL);
    symlinkSync(join(ROOT, modules, "node_modules"), join(this.directory, "node_modules"));
  }

  /** @param modules the package whose dependencies the document's programs import */
  static async open(modules = "examples/controller"): Promise<DocumentShell> {
    return new DocumentShell(await freePort(), modules);
  }

  /** What `kubectl` was given, and its arguments. */
  get notes(): string {
    return readFileSync(join(this.directory, "notes"), "utf8");
  }

  /** Saves a file, starts a server, or runs commands to their end. Returns what they printed. */
  async run({ language, text, file }: Block): Promise<Printed> {
    const here = text.replaceAll(":8080", `:${this.port}`).replaceAll(`${this.port}:80`, "8080:80");
    if (file !== undefined) {
      writeFileSync(join(this.directory, file), here);
      return { status: 0, text: "" };
    }
    if (language !== "sh") return { status: 0, text: "" };
    if (/^(?:alumiini serve|npx -y pnpm@12 demo$)/m.test(here)) {
      await this.#serve(here);
      return { status: 0, text: "" };
    }
    return await this.#shell(here);
  }

  async close(): Promise<void> {
    for (const server of this.#servers) {
      const ended = new Promise((resolve) => server.once("close", resolve));
      server.kill("SIGTERM");
      await ended;
    }
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Where exported variables are kept between blocks. */
  get #state(): string {
    return join(this.directory, "state");
  }

  get #env(): NodeJS.ProcessEnv {
    const { PATH = "", HOME } = process.env;
    const path = [join(this.directory, "bin"), join(process.execPath, ".."), PATH].join(delimiter);
    return {
      PATH: path,
      HOME,
      NOTES: join(this.directory, "notes"),
      TMPDIR: this.directory,
      COLUMNS: "160",
      LANG: "C.UTF-8",
    };
  }

  async #shell(text: string): Promise<Printed> {
    const state = this.#state;
    const program = `shopt -s expand_aliases\n[ -f "${state}" ] && . "${state}"\nset -euo pipefail\n${text}\nexport -p > "${state}"\n`;
    const script = join(this.directory, "block.sh");
    writeFileSync(script, program);
    const child = spawn("bash", [script], {
      cwd: this.directory,
      env: this.#env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (part: string) => (said += part));
    const status = await new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
    return { status, text: said };
  }

  /** The lines before the server's run first; then it is started, and awaited. */
  async #serve(text: string): Promise<void> {
    const lines = text.trimEnd().split("\n");
    const command = lines.pop() ?? "";
    if (lines.length > 0) {
      const { status, text: said } = await this.#shell(lines.join("\n"));
      if (status !== 0) throw new Error(`${lines.join("\n")} ended with ${status}: ${said}`);
    }
    const isDemo = command.includes("pnpm@12 demo");
    const program = isDemo
      ? `"${process.execPath}" "${join(ROOT, "examples/demo/src/main.ts")}" --port ${this.port}`
      : command.replace(/#.*/, "").trim();
    const child = spawn("bash", ["-c", `[ -f "${this.#state}" ] && . "${this.#state}"\nexec ${program}`], {
      cwd: this.directory,
      env: this.#env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#servers.push(child);
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (part: string) => (said += part));
    while (!said.includes(isDemo ? "Ctrl-C to stop" : "ready page=")) {
      if (child.exitCode !== null) throw new Error(`${command} ended: ${said}`);
      await wait(50);
    }
  }
}

/** Collapses spaces, and makes what differs from run to run the same: times, spans, and other numbers with a unit. */
export function steady(line: string): string {
  return line
    .replace(/\d+(?:\.\d+)? ?(?:ms|s|min|h|d)\b/g, "N")
    .replace(/\s+/g, " ")
    .trim();
}
