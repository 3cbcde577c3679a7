import { relative } from "node:path";
import type { Reporter, TestModule, Vitest } from "vitest/node";
import { ROOT } from "../workspace.ts";
import { skippedIn } from "./skipped.ts";
import { isGood, type Skipped, summaryLines } from "./summary.ts";

/** How long a test file may run before it is named as running, in milliseconds, and how often it is named again. */
const PROGRESS_MS = 15_000;

/**
 * Closes a test run with what was skipped and why, and with one line `N passed, N failed`. Under `CI=true` a skipped
 * test fails the run. While a test file takes long, it says which one.
 */
export class SummaryReporter implements Reporter {
  readonly #running = new Map<string, number>();
  readonly #ci = process.env["CI"] === "true";
  #isFiltered = false;
  #progress: NodeJS.Timeout | undefined;

  onInit(vitest: Vitest): void {
    this.#isFiltered = vitest.config.testNamePattern !== undefined;
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
    const skipped: Skipped[] = [];
    for (const module of modules) {
      const states = [...module.children.allTests()].map((test) => test.result().state);
      const failedHere = states.filter((state) => state === "failed" || state === "pending").length;
      passed += states.filter((state) => state === "passed").length;
      // A file or suite that broke outside of its tests (at import, in a hook) has failed without a failing test.
      failed += module.state() === "failed" ? Math.max(failedHere, 1) : failedHere;
      skipped.push(...skippedIn(module, this.#isFiltered));
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
