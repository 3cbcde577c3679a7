import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TRIGGERS } from "@alumiini/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { KINDS, STEPS } from "./faults.js";
import { SimulatedClone, SimulatedRemote } from "./simulated-git.js";
import { World } from "./world.js";

interface Setting {
  readonly remote: SimulatedRemote;
  readonly clone: SimulatedClone;
  readonly world: World;
}

/** Something that happens. */
interface Step {
  readonly run: (setting: Setting) => void | Promise<void>;
  readonly toString: () => string;
}

const step = (name: string, run: Step["run"]): Step => ({ run, toString: () => name });

const names = fc.constantFrom("a", "b", "c");
const content = fc.dictionary(names, fc.constantFrom("1", "2", "3"), { maxKeys: 3, noNullPrototype: true });
const fault = fc.record({ step: fc.constantFrom(...STEPS), kind: fc.constantFrom(...KINDS), after: fc.nat(2) });

const steps = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...TRIGGERS).map((t) => step(`sync ${t}`, ({ world }) => world.sync(t))) },
  {
    weight: 4,
    arbitrary: content.map((c) => step(`push ${JSON.stringify(c)}`, ({ remote }) => remote.push(c))),
  },
  { weight: 4, arbitrary: fault.map((f) => step(JSON.stringify(f), ({ world }) => world.faults.arm(f))) },
  {
    weight: 3,
    arbitrary: fc
      .record({ name: names, value: fc.option(fc.constantFrom("x", "y"), { nil: undefined }) })
      .map(({ name, value }) => step(`${value ? "edit" : "delete"} ${name}`, ({ world }) => world.edit(name, value))),
  },
  { weight: 2, arbitrary: fc.nat(9).map((n) => step(`force push ${n}`, ({ remote }) => remote.forceTo(n))) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      step("push an unreadable file", ({ remote }) => remote.pushUnreadable()),
      step("push an invalid object", ({ remote }) => remote.pushInvalid()),
      step("push nothing", ({ remote }) => remote.push({})),
      step("delete the branch", ({ remote }) => {
        remote.head = undefined;
      }),
      step("remote away", ({ remote }) => {
        remote.isReachable = false;
      }),
      step("remote back", ({ remote }) => {
        remote.isReachable = true;
      }),
      step("empty HEAD", ({ clone }) => clone.damage()),
      step("kill -9", ({ world }) => world.kill()),
      step("an object of somebody else", ({ world }) => world.makeForeign()),
    ),
  },
);

async function walk(all: readonly Step[]): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "alumiini-example-test-"));
  const remote = new SimulatedRemote();
  remote.push({ a: "1", b: "1" });
  let clone: SimulatedClone | undefined;
  const world = new World(
    join(directory, "cluster"),
    () => {
      const commit = remote.isReachable && remote.head !== undefined ? remote.commits[remote.head] : undefined;
      return commit?.content && { commit: String(remote.head), content: commit.content };
    },
    (faults) => {
      clone ??= new SimulatedClone(remote, faults);
      return clone;
    },
  );
  try {
    await world.sync("manual");
    if (clone === undefined) throw new Error("the controller never asked for its clone");
    for (const { run } of all) await run({ remote, clone, world });
    expect(world.violations).toEqual([]);

    // All faults end: a controller that can't recover has told no lie, and is of no use.
    world.faults.clear();
    remote.isReachable = true;
    remote.push({ a: "end", c: "end" });
    const before = world.completed;
    await world.sync("poll");
    expect(world.violations).toEqual([]);
    expect(world.completed).toBeGreaterThan(before);
    expect(world.cluster()).toEqual({ a: "end", c: "end" });
  } finally {
    await world.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

it("after any sequence of faults, a sync that completed means that the cluster equals the commit", async () => {
  const walks = fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 30, size: "max" }), walk);
  await fc.assert(walks, { numRuns: Number(process.env["MODEL_RUNS"] ?? 150) });
});

it("prunes what a failed apply wrote, when git goes back to the commit before", async () => {
  const partly: Step[] = [
    step("push", ({ remote }) => remote.push({ c: "3", a: "1" })),
    step("fault", ({ world }) => world.faults.arm({ step: "apply", kind: "failure", after: 1 })),
    step("sync", ({ world }) => world.sync("webhook")),
    step("force push", ({ remote }) => remote.forceTo(0)),
    step("sync", ({ world }) => world.sync("poll")),
  ];
  await walk(partly);
});
