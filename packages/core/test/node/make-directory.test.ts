import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { makeDirectory } from "../../src/node/index.js";

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "alumiini-directory-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

it("makes a directory with its parents", async () => {
  const path = join(await temporaryDirectory(), "a/b/c");
  await makeDirectory(path, 0o700);
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  await makeDirectory(path);
});

it("makes the same parents for many callers at once", async () => {
  const directory = await temporaryDirectory();
  for (let round = 0; round < 50; round++) {
    const callers = Array.from({ length: 20 }, (_, caller) =>
      makeDirectory(join(directory, String(round), "a/b/c/d/e".slice(0, 1 + 2 * (caller % 5)))),
    );
    await Promise.all(callers);
  }
});

it("fails where a file is in the way, itself or as a parent", async () => {
  const file = join(await temporaryDirectory(), "file");
  await writeFile(file, "");
  await expect(makeDirectory(file)).rejects.toMatchObject({ code: "EEXIST" });
  await expect(makeDirectory(join(file, "a/b"))).rejects.toMatchObject({ code: "ENOTDIR" });
});

it.skipIf(process.platform !== "linux")("ends where a file system can't make directories", async () => {
  await expect(makeDirectory("/proc/alumiini/a/b")).rejects.toMatchObject({ code: "ENOENT" });
});
