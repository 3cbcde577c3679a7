import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const directory = mkdtempSync(join(tmpdir(), "alumiini-core-"));
afterAll(() => rmSync(directory, { recursive: true }));

describe("closeOnSignals", () => {
  /** Runs a controller of its own in a process of its own: signals can't be tried out in this one. */
  function start(body: string): {
    child: ChildProcess;
    output: () => string;
    exited: Promise<[number | null, string | null]>;
  } {
    const script = join(directory, `controller-${Math.random()}.mjs`);
    const dist = new URL("../../dist/", import.meta.url);
    writeFileSync(
      script,
      `import { createTelemetry } from "${dist}index.js";
       import { closeOnSignals } from "${dist}node/index.js";
       const telemetry = createTelemetry({ clusterId: "test" });
       const log = (text) => process.stdout.write(text + "\\n");
       setInterval(() => {}, 1000);
       ${body}
       log("ready");`,
    );
    const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (data) => (text += data));
    const exited = new Promise<[number | null, string | null]>((resolve) =>
      child.on("close", (...end) => resolve(end)),
    );
    return { child, output: () => text, exited };
  }

  it("stops the controller, flushes what it still emitted, and ends by the signal", async () => {
    const { child, output, exited } = start(`
      telemetry.subscribe({ name: "slow", handle: (event) => new Promise((resolve) => setTimeout(() => { log(event.type); resolve(); }, 50)),
        close: () => log("closed") });
      closeOnSignals(telemetry, { beforeClose: (signal) => { log(signal);
        telemetry.emit("worker_stopped", { repoName: "a", namespace: "b" }); },
        afterClose: async (signal) => log("after " + signal) });
      process.on("exit", () => log("exit"));`);
    await expect.poll(output).toContain("ready");
    child.kill("SIGTERM");
    expect(await exited).toEqual([null, "SIGTERM"]);
    expect(output().split("\n").filter(Boolean)).toEqual([
      "ready",
      "SIGTERM",
      "worker_stopped",
      "closed",
      "after SIGTERM",
      "exit",
    ]);
  });

  it("gives up at the deadline, and says what was left, without secrets", async () => {
    const { child, output, exited } = start(`
      telemetry.subscribe({ name: "stuck", handle() {}, flush: () => new Promise(() => {}) });
      closeOnSignals(telemetry, { timeoutMs: 50, beforeClose() { throw new Error("https://u:s3cret@h"); } });`);
    await expect.poll(output).toContain("ready");
    child.kill("SIGINT");
    expect(await exited).toEqual([null, "SIGINT"]);
    expect(output()).toContain('flush of "stuck": timeout');
    expect(output()).not.toContain("s3cret");
  });

  it("leaves the end to others that listen", async () => {
    const { child, output, exited } = start(`
      let signals = 0;
      process.on("SIGTERM", () => { signals++; setTimeout(() => process.exit(signals), 200); });
      closeOnSignals(telemetry, { afterClose: () => log("closed") });`);
    await expect.poll(output).toContain("ready");
    child.kill("SIGTERM");
    expect(await exited).toEqual([1, null]);
    expect(output()).toContain("closed");
  });

  it("ends at once at the second signal", async () => {
    const { child, output, exited } = start(`
      closeOnSignals(telemetry, { beforeClose() { log("stopping"); return new Promise(() => {}); } });`);
    await expect.poll(output).toContain("ready");
    child.kill("SIGINT");
    await expect.poll(output).toContain("stopping");
    child.kill("SIGINT");
    expect(await exited).toEqual([null, "SIGINT"]);
  });

  it("waits for all that close on the same signal", async () => {
    const { child, output, exited } = start(`
      for (const delay of [0, 200, 50]) {
        const each = createTelemetry({ clusterId: "test" });
        each.subscribe({ name: "slow", handle() {}, close: () => new Promise((resolve) => setTimeout(() => { log("closed " + delay); resolve(); }, delay)) });
        closeOnSignals(each);
      }`);
    await expect.poll(output).toContain("ready");
    child.kill("SIGTERM");
    expect(await exited).toEqual([null, "SIGTERM"]);
    expect(output().split("\n").filter(Boolean)).toEqual(["ready", "closed 0", "closed 50", "closed 200"]);
  });

  it("leaves the end to others that listen once", async () => {
    const { child, output, exited } = start(`
      process.once("SIGTERM", () => setTimeout(() => { log("stopped"); process.exit(7); }, 200));
      closeOnSignals(telemetry, { afterClose: () => log("closed") });`);
    await expect.poll(output).toContain("ready");
    child.kill("SIGTERM");
    expect(await exited).toEqual([7, null]);
    expect(output()).toContain("closed\nstopped");
  });

  it("ends at once at the second signal, also where several close", async () => {
    const { child, output, exited } = start(`
      for (let count = 0; count < 2; count++) {
        closeOnSignals(telemetry, { beforeClose() { log("stopping"); return new Promise(() => {}); } });
      }`);
    await expect.poll(output).toContain("ready");
    child.kill("SIGTERM");
    await expect.poll(output).toContain("stopping\nstopping");
    child.kill("SIGINT");
    expect(await exited).toEqual([null, "SIGINT"]);
  });

  it("says what is lost where another handler ends the process first", async () => {
    const { child, output, exited } = start(`
      process.on("SIGTERM", () => setTimeout(() => process.exit(0), 20));
      telemetry.start("sync", { repoName: "my-app", namespace: "b", trigger: "poll" });
      closeOnSignals(telemetry, { beforeClose: () => new Promise(() => {}) });`);
    await expect.poll(output).toContain("ready");
    child.kill("SIGTERM");
    expect(await exited).toEqual([0, null]);
    expect(output()).toContain("the process ends before telemetry is closed: another handler of SIGTERM");
    expect(output()).toContain("Operations that have not ended: 1");
    expect(output()).toMatch(/operation_never_ended.*my-app/);
  });

  it("takes its handlers away when disposed of", async () => {
    const { child, output, exited } = start(`
      const handle = closeOnSignals(telemetry, { beforeClose() { log("stopping"); } });
      handle[Symbol.dispose]();`);
    await expect.poll(output).toContain("ready");
    child.kill("SIGTERM");
    expect(await exited).toEqual([null, "SIGTERM"]);
    expect(output()).not.toContain("stopping");
  });
});
