import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";

const built = new URL("../dist/index.js", import.meta.url).href;

/** Runs a program of its own over the built package. */
function run(program: string) {
  const code = `import { createDelivery } from ${JSON.stringify(built)};
    const message = { id: "1", key: "a", destination: "", headers: {}, body: new Uint8Array(1) };
    ${program}`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    encoding: "utf8",
    timeout: 20_000,
  });
  return { status, stdout, stderr };
}

describe("the process", () => {
  it("ends although messages wait for a receiver that is down", () => {
    const { status } = run(`
      const connect = () => Promise.reject(new Error("refused"));
      const delivery = createDelivery({ name: "x", transport: { connect, send: async () => [] }, onFailure() {} });
      delivery.accept(message);
      await new Promise((resolve) => setTimeout(resolve, 50));
    `);
    expect(status).toBe(0);
  });

  it("lives until a flush that it waits for has ended", () => {
    const { status, stdout } = run(`
      const send = (batch) => new Promise((resolve) => {
        setTimeout(() => resolve(batch.map(() => ({ status: "delivered" }))), 50).unref();
      });
      const delivery = createDelivery({ name: "x", transport: { send } });
      delivery.accept(message);
      await delivery.flush();
      console.log(delivery.stats().delivered);
    `);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "1\n" });
  });

  it("is warned of nothing with many batches under way", () => {
    const { stderr } = run(`
      let answers = [];
      const send = (batch) => new Promise((resolve) => answers.push(() => resolve(batch.map(() => ({ status: "delivered" })))));
      const delivery = createDelivery({ name: "x", transport: { send }, maxInFlight: 50, maxBatchMessages: 1, lingerMs: 0 });
      for (let key = 0; key < 50; key++) delivery.accept({ ...message, key: String(key) });
      await new Promise((resolve) => setTimeout(resolve, 20));
      for (const answer of answers) answer();
      await delivery.close();
    `);
    expect(stderr).toBe("");
  });
});
