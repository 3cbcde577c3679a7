import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";

const built = new URL("../dist/index.js", import.meta.url).href;

/** Runs a program of its own over the built package. */
function run(program: string) {
  const code = `import { createDelivery, createSink, eventMessages } from ${JSON.stringify(built)};
    const message = { id: "1", key: "a", destination: "", headers: {}, body: new Uint8Array(1) };
    ${program}`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    encoding: "utf8",
    timeout: 100_000,
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

  const up = `const send = (batch) => new Promise((resolve) => {
        setTimeout(() => resolve(batch.map(() => ({ status: "delivered" }))), 50).unref();
      });`;
  const down = `const send = () => Promise.reject(new Error("refused"));`;

  it("lives until what it accepted is delivered, though nobody waits for it", () => {
    const { status, stdout, stderr } = run(`
      ${up}
      const delivery = createDelivery({ name: "x", transport: { send } });
      delivery.accept(message);
      process.on("exit", () => console.log(delivery.stats().delivered));
    `);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "1\n", stderr: "" });
  });

  it("is held for exitWaitMs at most, and says what of which sink is lost", () => {
    const { status, stderr, stdout } = run(`
      ${down}
      const begin = performance.now();
      const options = { transport: { send }, exitWaitMs: 300, onFailure() {} };
      createDelivery({ name: "nats", ...options }).accept(message);
      const kafka = createDelivery({ name: "kafka", ...options });
      kafka.accept(message);
      kafka.accept({ ...message, id: "2" });
      createDelivery({ name: "idle", ...options });
      process.on("exit", () => console.log(performance.now() - begin >= 290, process.listenerCount("exit")));
    `);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "true 2\n" });
    const lines = stderr.trim().split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^alumiini sink "nats": 1 messages are lost.*close\(\).*refused/);
    expect(lines[1]).toMatch(/^alumiini sink "kafka": 2 messages are lost/);
  });

  it("says so of events, too, where process.exit comes before they are encoded", () => {
    const { stderr } = run(`
      ${down}
      const sink = createSink({ name: "x", transport: { send }, messages: eventMessages(), onFailure() {} });
      sink.handle({ type: "worker_started", id: "1", repoName: "a", namespace: "b", clusterId: "c", timestamp: new Date() });
      process.exit(0);
    `);
    expect(stderr).toMatch(/"x": 1 messages are lost/);
  });

  it("says nothing after close, which takes the listener with it", () => {
    const { stdout, stderr } = run(`
      ${up}
      const one = createDelivery({ name: "one", transport: { send } });
      const two = createDelivery({ name: "two", transport: { send } });
      two.accept(message);
      const counts = [process.listenerCount("exit")];
      await one.close();
      counts.push(process.listenerCount("exit"));
      await two.flush();
      await two.close();
      console.log(...counts, process.listenerCount("exit"));
    `);
    expect({ stdout, stderr }).toEqual({ stdout: "1 1 0\n", stderr: "" });
  });

  it("is not held by a sink that has nothing to do", () => {
    const { status, stdout } = run(`
      ${up}
      const begin = performance.now();
      createDelivery({ name: "x", transport: { send }, exitWaitMs: 10_000 });
      process.on("exit", () => console.log(performance.now() - begin < 9000));
    `);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "true\n" });
  });

  it("await using delivers what is left", () => {
    const { stdout } = run(`
      ${up}
      const sink = createSink({ name: "x", transport: { send }, messages: eventMessages() });
      sink.handle({ type: "worker_started", id: "1", repoName: "a", namespace: "b", clusterId: "c", timestamp: new Date() });
      await sink[Symbol.asyncDispose]();
      console.log(sink.stats().delivered);
    `);
    expect(stdout).toBe("1\n");
  });
});
