import { relative } from "node:path";
import type { Reporter, TestCase, TestModule, Vitest } from "vitest/node";
import { ROOT } from "../workspace.ts";
import { isGood, type SkippedTest, summaryLines } from "./summary.ts";

/** How long a test file may run before it is named as running, in milliseconds, and how often it is named again. */
const PROGRESS_MS = 15_000;

/**
 * Closes a test run with what was skipped and why, and with one line `N passed, N failed`. Under `CI=true` a skipped
 * test fails the run. While a test file takes long, it says which one.
 */
export class SummaryReporter implements Reporter {
  readonly #running = new Map<string, number>();
  readonly #ci = process.env["CI"] === "true";
  #filtered = false;
  #progress: NodeJS.Timeout | undefined;

  onInit(vitest: Vitest): void {
    this.#filtered = vitest.config.testNamePattern !== undefined;
  }

  onTestRunStart(): void {
    this.#running.clear();
    // A terminal shows what runs as it is; logs and pipes need lines.
    if (!process.stdout.isTTY) this.#progress = setInterval(() => this.#printProgress(), PROGRESS_MS).unref();
  }

  onTestModuleStart(module: TestModule): void {
    this.#running.set(module.moduleId, Date.now());
  }

  onTestModuleEnd(module: TestModule): void {
    this.#running.delete(module.moduleId);
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    clearInterval(this.#progress);
    let passed = 0;
    let failed = unhandledErrors.length;
    const skipped: SkippedTest[] = [];
    for (const module of modules) {
      let failedHere = 0;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === "passed") passed++;
        else if (result.state === "skipped") {
          // With `-t`, tests whose name doesn't match are "skipped" too: nobody needs to be told.
          if (!this.#filtered || result.note !== undefined) skipped.push(describe(module, test, result.note));
        } else failedHere++;
      }
      // A file or suite that broke outside of its tests (at import, in a hook) has failed without a failing test.
      failed += module.state() === "failed" ? Math.max(failedHere, 1) : failedHere;
    }
    const result = { passed, failed, skipped };
    process.stdout.write(`${summaryLines(result, this.#ci).join("\n")}\n`);
    if (!isGood(result, this.#ci)) process.exitCode = 1;
  }

  #printProgress(): void {
    for (const [moduleId, since] of this.#running) {
      const seconds = Math.round((Date.now() - since) / 1000);
      if (seconds * 1000 >= PROGRESS_MS) process.stdout.write(` … ${relative(ROOT, moduleId)} runs for ${seconds} s\n`);
    }
  }
}

function describe(module: TestModule, test: TestCase, note: string | undefined): SkippedTest {
  const reason = note ?? (test.options.mode === "todo" ? "not written yet (todo)" : "no reason given");
  return { file: relative(ROOT, module.moduleId), name: test.fullName, reason };
}
