import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { makeDirectory } from "../src/node/index.js";

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "alumiini-directory-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

it("makes a directory with its parents, also where several want it at once", async () => {
  const path = join(await temporaryDirectory(), "a/b/c");
  await Promise.all([makeDirectory(path, 0o700), makeDirectory(path, 0o700), makeDirectory(join(path, "d"), 0o700)]);
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  await makeDirectory(path);
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
