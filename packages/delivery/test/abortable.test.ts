import { describe, expect, it } from "vitest";
import { abortable } from "../src/index.js";

describe("abortable", () => {
  it("settles as the work does", async () => {
    const { signal } = new AbortController();
    expect(await abortable(Promise.resolve(1), signal)).toBe(1);
    await expect(abortable(Promise.reject(new Error("no")), signal)).rejects.toThrow("no");
  });

  it("rejects as soon as its signal aborts, with an error whatever the reason is", async () => {
    const controller = new AbortController();
    const waiting = abortable(new Promise<void>(() => {}), controller.signal);
    controller.abort("enough");
    await expect(waiting).rejects.toEqual(new Error("enough"));
    await expect(abortable(Promise.reject(new Error("late")), controller.signal)).rejects.toThrow("enough");
  });
});
