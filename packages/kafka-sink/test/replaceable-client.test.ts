import { expect, it, vi } from "vitest";
import { ReplaceableClient } from "../src/replaceable-client.js";

/** A client that knows whether it is connected. */
class FakeClient {
  open = true;
}

function setUp(idleMs?: number) {
  const made: FakeClient[] = [];
  const replaceable = new ReplaceableClient<FakeClient>({
    open: async () => {
      const client = new FakeClient();
      made.push(client);
      return client;
    },
    close: async (client) => {
      client.open = false;
    },
    ...(idleMs !== undefined && { idleMs }),
  });
  return { made, replaceable };
}

it("a client is closed when nobody has used it for a while, and made anew when it is needed", async () => {
  vi.useFakeTimers();
  try {
    const { made, replaceable } = setUp(1000);
    const working = replaceable.use(() => new Promise((resolve) => setTimeout(resolve, 5000)));
    await vi.advanceTimersByTimeAsync(4999);
    expect(made.map(({ open }) => open)).toEqual([true]);
    await vi.advanceTimersByTimeAsync(1);
    await working;
    await vi.advanceTimersByTimeAsync(999);
    expect(made.map(({ open }) => open)).toEqual([true]);
    await vi.advanceTimersByTimeAsync(1);
    expect(made.map(({ open }) => open)).toEqual([false]);
    await replaceable.use(async () => {});
    expect(made.map(({ open }) => open)).toEqual([false, true]);
    await replaceable.close();
    expect(made.map(({ open }) => open)).toEqual([false, false]);
  } finally {
    vi.useRealTimers();
  }
});

it("a client is replaced once, however many give it up", async () => {
  const { made, replaceable } = setUp();
  const first = await replaceable.use(async (client) => client);
  replaceable.replace(first);
  replaceable.replace(first);
  const second = await replaceable.use(async (client) => client);
  replaceable.replace(first);
  expect(await replaceable.use(async (client) => client)).toBe(second);
  expect(made).toHaveLength(2);
  await replaceable.close();
  expect(made.every(({ open }) => !open)).toBe(true);
});

it("after a failure to connect, the next use tries again; after close, none does", async () => {
  let failures = 1;
  const replaceable = new ReplaceableClient({
    open: async () => {
      if (failures-- > 0) throw new Error("down");
      return "client";
    },
    close: () => Promise.reject(new Error("does not want to go")),
  });
  await expect(replaceable.use(async () => {})).rejects.toThrow("down");
  expect(await replaceable.use(async (client) => client)).toBe("client");
  await expect(replaceable.close()).resolves.toBeUndefined();
  await expect(replaceable.use(async () => {})).rejects.toThrow("closed");
});
