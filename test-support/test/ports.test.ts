import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { freePort, onFreshPorts, PortTaken } from "../src/ports.ts";

describe("freePort", () => {
  it("answers each port once, and none that the kernel gives to outgoing connections", async (context) => {
    if (process.platform !== "linux") return context.skip("only Linux says which those are");
    const ports = await Promise.all(Array.from({ length: 100 }, freePort));
    expect(new Set(ports).size).toBe(100);
    const range = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8");
    expect(Math.max(...ports)).toBeLessThan(Number.parseInt(range, 10));
  });
});

describe("onFreshPorts", () => {
  /** Starts with the nth attempt. */
  function startingAt(attempt: number, error: Error) {
    let attempts = 0;
    return async () => {
      if (++attempts < attempt) throw error;
      return attempts;
    };
  }

  it("starts twice more when ports are taken, and gives up then", async () => {
    const taken = new PortTaken("4222");
    expect(await onFreshPorts(startingAt(3, taken))).toBe(3);
    await expect(onFreshPorts(startingAt(4, taken))).rejects.toBe(taken);
  });

  it("starts no more where something else is wrong", async () => {
    const broken = new Error("no such option");
    await expect(onFreshPorts(startingAt(2, broken))).rejects.toBe(broken);
  });
});
