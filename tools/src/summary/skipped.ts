import { relative } from "node:path";
import type { TestCase, TestModule, TestSuite } from "vitest/node";
import { ROOT } from "../workspace.ts";
import type { Skipped } from "./summary.ts";

/** What was skipped in a file or suite: one entry for the whole where one reason kept all of it from running. */
export function skippedIn(collection: TestModule | TestSuite, isFiltered: boolean): Skipped[] {
  const reasons = [...collection.children.allTests()].map((test) => reasonOf(test, isFiltered));
  const [reason] = reasons;
  if (reason !== undefined && reasons.length > 1 && reasons.every((other) => other === reason)) {
    return [{ name: nameOf(collection), tests: reasons.length, reason }];
  }
  return [...collection.children].flatMap((child) => {
    if (child.type === "suite") return skippedIn(child, isFiltered);
    const ownReason = reasonOf(child, isFiltered);
    return ownReason === undefined ? [] : [{ name: nameOf(child), tests: 1, reason: ownReason }];
  });
}

function reasonOf(test: TestCase, isFiltered: boolean): string | undefined {
  const result = test.result();
  if (result.state !== "skipped") return undefined;
  // With `-t`, tests whose name doesn't match are "skipped" too: nobody needs to be told.
  if (result.note === undefined && isFiltered) return undefined;
  if (isInBrokenSuite(test)) return "its suite failed before it";
  return result.note ?? (test.options.mode === "todo" ? "not written yet (todo)" : "no reason given");
}

/** A hook that fails leaves the tests it was for as skipped. */
function isInBrokenSuite(test: TestCase): boolean {
  for (let parent = test.parent; ; parent = parent.parent) {
    if (parent.errors().length > 0) return true;
    if (parent.type === "module") return false;
  }
}

function nameOf(entity: TestModule | TestSuite | TestCase): string {
  if (entity.type === "module") return relative(ROOT, entity.moduleId);
  return `${relative(ROOT, entity.module.moduleId)} > ${entity.fullName}`;
}
