#!/usr/bin/env node
import { run } from "./program.js";

// A reader that has enough, such as `head`, is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

const exit = await run(process.argv.slice(2), {
  env: process.env,
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  isTerminal: process.stdout.isTTY === true,
  // A program that shows our tables has a width, too.
  columns: process.stdout.columns ?? (Number(process.env["COLUMNS"]) || undefined),
  now: Date.now,
});
process.exitCode ??= exit;
if (exit !== 0) process.exitCode = exit;
