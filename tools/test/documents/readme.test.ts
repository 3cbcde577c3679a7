import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Block, blocksOf } from "../../src/documents/blocks.ts";
import { DocumentShell, steady } from "../../src/documents/shell.ts";
import { ROOT, workspacePackages } from "../../src/workspace.ts";

const README = readFileSync(join(ROOT, "README.md"), "utf8");
const blocks = blocksOf("README.md");

function blockWith(text: string): Block {
  const block = blocks.find((one) => one.text.includes(text));
  if (block === undefined) throw new Error(`the README has no block with ${text}`);
  return block;
}

async function shell(): Promise<DocumentShell> {
  const opened = await DocumentShell.open();
  onTestFinished(() => opened.close());
  return opened;
}

describe("the README, as printed", () => {
  it("has a quickstart that logs what it says, prints a counter, and ends", async () => {
    const place = await shell();
    const quickstart = blocks.find(({ language }) => language === "ts");
    await place.run({ language: "ts", text: quickstart?.text ?? "", file: "quickstart.mjs" });
    const run = (text: string) => place.run({ language: "sh", text, file: undefined });
    const { status, text } = await run("node quickstart.mjs");
    expect(status).toBe(0);
    expect(text).toMatch(/alumiini_syncs_total\{.*outcome="success".*\} 1/);
    const logged = text.split("\n").flatMap((line): string[] => (line.startsWith("{") ? [JSON.parse(line).msg] : []));
    const printed = blockWith("INFO: Sync of my-app").text.trimEnd().split("\n");
    expect(logged.map((line) => steady(`INFO: ${line}`))).toEqual(printed.map(steady));
  });

  it("has commands for Flux, Argo CD and GitHub that print what to apply", async () => {
    const { status, text } = await (await shell()).run(blockWith("alumiini setup flux"));
    expect(status, text).toBe(0);
    expect(text).toContain("kind: Provider");
    expect(text).toContain("argocd-notifications-cm");
    expect(text).toContain("https://alumiini.example/github");
  });

  it("has questions that a server which was started as printed answers", async () => {
    const place = await shell();
    const start = blockWith("alias alumiini");
    const serve = start.text.split("\n").find((line) => line.startsWith("alumiini serve")) ?? "";
    // The alias is what the shell of documents has anyway; the server's data and port are its own here.
    await place.run({ ...start, text: `${serve.replace(/#.*/, "")} --data data --listen 127.0.0.1:8080\n` });
    const now = new Date();
    const body = JSON.stringify({
      involvedObject: { kind: "Kustomization", namespace: "shop", name: "checkout" },
      severity: "info",
      reason: "ReconciliationSucceeded",
      message: "Reconciliation finished in 1.5s, next run in 10m0s",
      timestamp: now.toISOString(),
      metadata: { revision: `main@sha1:${"4f2a91c0".repeat(5)}` },
    });
    const url = `http://127.0.0.1:${place.port}`;
    const headers = { "content-type": "application/json" };
    expect((await fetch(`${url}/flux`, { method: "POST", headers, body })).status).toBe(200);
    const questions = blockWith("alumiini around checkout").text;
    const { status, text } = await place.run({
      language: "sh",
      file: undefined,
      text: `export ALUMIINI_SERVER=${url}\n${questions.replace("around checkout", "around kustomization/checkout")}`,
    });
    expect(status, text).toBe(0);
    expect(text).toContain("0 of 1 repository ");
    expect(text).toContain("BUDGET LEFT");
  });

  it("names every package that is published, with its job and its state", () => {
    const stability = README.slice(README.indexOf("## How stable"));
    for (const directory of workspacePackages()) {
      const { name, private: isPrivate } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
      if (isPrivate === true) continue;
      expect(README, name).toContain(`[\`${name}\`](packages/`);
      expect(stability, name).toMatch(new RegExp(`^\\|[^|]*\\b${String(name).replace("@alumiini/", "")}\\b`, "m"));
    }
  });
});
