import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { FLEET_STATES } from "@alumiini/history";
import { addressOf, page } from "@alumiini/page";
import { expect, it } from "vitest";
import { GRADES, OUTCOMES, STATES } from "../src/app/words/states.ts";

const { html, headers } = page();
const policy = headers["content-security-policy"] ?? "";

const inline = (element: string) => new RegExp(`<${element}>([\\s\\S]*?)</${element}>`).exec(html)?.[1] ?? "";

it("is one document of at most 150 kB gzipped, and names nothing outside of itself", () => {
  expect(gzipSync(html).byteLength).toBeLessThan(150_000);
  // What is shown may name any address; nothing is loaded from one.
  expect(/<(?:script|link|img|iframe)[^>]{0,200}(?:src|href)="(?!data:)[^"]*/i.exec(html)?.[0]).toBeUndefined();
  expect(/@import|url\((?!#)/i.exec(inline("style"))?.[0]).toBeUndefined();
});

it("allows its own script and style by hash, and nothing else", () => {
  const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  expect(policy).toContain(`script-src ${hash(inline("script"))};`);
  expect(policy).toContain(`style-src ${hash(inline("style"))};`);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("base-uri 'none'");
  expect(policy).toContain("require-trusted-types-for 'script'");
  expect(policy).not.toMatch(/unsafe|\*/);
});

it("has the states in the order of the queries", () => {
  expect(Object.keys(STATES)).toEqual([...FLEET_STATES]);
  expect(Object.keys(GRADES)).toEqual(["exact", "strong", "likely", "nearby"]);
  expect(Object.keys(OUTCOMES)).toContain("rolled_back");
});

it("makes addresses with what their view reads, encoded and in one order", () => {
  const repository = { clusterId: "prod/eu", namespace: "shop & co", repoName: "kustomization/checkout" };
  const values = {
    window: "1h",
    at: "2026-11-25T14:03:20Z",
    cluster: "a,b",
    q: "50 % & more",
    to: "",
    from: undefined,
  };
  expect(addressOf({ view: "moment", repository, values })).toBe(
    "#/moment?repo=prod%2Feu/shop%20%26%20co/kustomization%2Fcheckout&at=2026-11-25T14:03:20Z&window=1h",
  );
  expect(addressOf({ view: "fleet", repository, values })).toBe("#/fleet?cluster=a,b&q=50%20%25%20%26%20more");
  expect(addressOf({ view: "sync", id: "a/b?c#d", values })).toBe("#/sync/a%2Fb%3Fc%23d");
  expect(addressOf({ view: "delivery", repository, values })).toBe("#/delivery");
});
