import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { needProgram } from "@alumiini-internal/test-support/programs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { alumiini, directory } from "./support/alumiini.ts";

const { path: root, remove } = directory();
afterAll(remove);

beforeAll(async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { status, out } = await alumiini(["completion", shell]);
    expect(status).toBe(0);
    writeFileSync(join(root, `script.${shell}`), out);
  }
  writeFileSync(join(root, "a file.yaml"), "");
  mkdirSync(join(root, "a-directory"));
});

/** Runs a script in a shell, in a directory of its own, without what the user has set up. */
function run(shell: string, args: readonly string[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env["PATH"], HOME: root };
    execFile(shell, args, { cwd: root, env }, (error, stdout, stderr) => {
      if (error !== null || stderr !== "") reject(new Error(`${shell}: ${stderr || String(error)}`));
      else resolve(stdout.split("\n").filter((line) => line !== ""));
    });
  });
}

/** What each shell offers for a line, of which the last word is being typed. */
const SHELLS: Readonly<Record<string, (words: readonly string[]) => Promise<string[]>>> = {
  bash(words) {
    const typed = words.map((word) => `'${word}'`).join(" ");
    const ask = `source script.bash; COMP_WORDS=(${typed}); COMP_CWORD=${words.length - 1}; _alumiini; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return run("bash", ["--norc", "-c", ask]);
  },
  async zsh(words) {
    const typed = words.map((word) => `'${word}'`).join(" ");
    // What zsh's completion would be handed.
    const stubs = `compdef() { : }; compadd() { shift; print -l -- "$@" }; _files() { print -l -- * }
      _describe() { local name=\${@[-1]} each; for each in "\${(@P)name}"; do print -r -- "\${each%%:*}"; done }`;
    const offered = await run("zsh", [
      "-f",
      "-c",
      `${stubs}\nsource ./script.zsh; words=(${typed}); CURRENT=${words.length}; _alumiini`,
    ]);
    return offered.filter((word) => word.startsWith(words.at(-1) ?? ""));
  },
  async fish(words) {
    const line = words.join(" ");
    const offered = await run("fish", ["--no-config", "-c", `source script.fish; complete -C '${line}'`]);
    return offered.map((each) => each.split("\t")[0] ?? "");
  },
};

describe.each(Object.keys(SHELLS))("in %s", (shell) => {
  const offers = (...words: string[]) => SHELLS[shell]?.(["alumiini", ...words]) ?? Promise.resolve([]);

  test("commands, options and their values are completed", async (context) => {
    needProgram(context, shell);
    expect(await offers("")).toEqual(expect.arrayContaining(["serve", "fleet", "outbox", "mcp", "completion"]));
    expect(await offers("del")).toEqual(["deliveries"]);
    expect(await offers("outbox", "")).toEqual(
      expect.arrayContaining(["inspect", "export", "discard", "drain", "resend"]),
    );
    expect(await offers("outbox", "")).not.toContain("fleet");
    expect(await offers("outbox", "drain", "")).toEqual(expect.arrayContaining(["nats", "kafka", "http"]));
    expect(await offers("fleet", "--out")).toEqual(["--output"]);
    expect((await offers("fleet", "--output", "")).sort()).toEqual(["json", "ndjson", "table"]);
    expect((await offers("fleet", "-o", "nd")).sort()).toEqual(["ndjson"]);
    expect(await offers("setup", "")).toEqual(expect.arrayContaining(["flux", "kubernetes"]));
    expect(await offers("serve", "--config", "")).toEqual(expect.arrayContaining(["a file.yaml"]));
  });

  test("what is typed is never run", async (context) => {
    needProgram(context, shell);
    const words = ["fleet", "--search", "$(touch ran)`touch ran`;touch ran", "--out"];
    expect(await offers(...(shell === "fish" ? words.map((word) => word.replace(/;.*/, "")) : words))).toContain(
      "--output",
    );
    expect(await run("ls", ["-1"])).not.toContain("ran");
  });
});

test("a shell that there is no script for is refused", async () => {
  const { status, err } = await alumiini(["completion", "tcsh"]);
  expect(status).toBe(2);
  expect(err).toContain("bash, zsh, fish");
});
