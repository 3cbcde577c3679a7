import { expect, it, vi } from "vitest";
import { ReplaceableClient } from "../src/clients/replaceable-client.js";

const RUNNING = new AbortController().signal;

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
    const working = replaceable.use(() => new Promise((resolve) => setTimeout(resolve, 5000)), RUNNING);
    await vi.advanceTimersByTimeAsync(4999);
    expect(made.map(({ open }) => open)).toEqual([true]);
    await vi.advanceTimersByTimeAsync(1);
    await working;
    await vi.advanceTimersByTimeAsync(999);
    expect(made.map(({ open }) => open)).toEqual([true]);
    await vi.advanceTimersByTimeAsync(1);
    expect(made.map(({ open }) => open)).toEqual([false]);
    await replaceable.use(async () => {}, RUNNING);
    expect(made.map(({ open }) => open)).toEqual([false, true]);
    await replaceable.close();
    expect(made.map(({ open }) => open)).toEqual([false, false]);
  } finally {
    vi.useRealTimers();
  }
});

it("a client is replaced once, however many give it up", async () => {
  const { made, replaceable } = setUp();
  const first = await replaceable.use(async (client) => client, RUNNING);
  replaceable.replace(first);
  replaceable.replace(first);
  const second = await replaceable.use(async (client) => client, RUNNING);
  replaceable.replace(first);
  expect(await replaceable.use(async (client) => client, RUNNING)).toBe(second);
  expect(made).toHaveLength(2);
  await replaceable.close();
  expect(made.every(({ open }) => !open)).toBe(true);
});

it("one that was given up and does not go holds up nothing", async () => {
  const stuck = new Promise<void>(() => {});
  const replaceable = new ReplaceableClient({
    open: async () => ({}),
    close: vi
      .fn(async () => {})
      .mockReturnValueOnce(stuck)
      .mockRejectedValueOnce(new Error("no")),
  });
  for (const _ of [1, 2]) replaceable.replace(await replaceable.use(async (client) => client, RUNNING));
  await replaceable.use(async () => {}, RUNNING);
  await replaceable.close();
});

it("where connecting gets stuck, the next use begins anew, and what connects late is closed", async () => {
  let connectLate: (client: FakeClient) => void = () => {};
  const late = new Promise<FakeClient>((resolve) => {
    connectLate = resolve;
  });
  const prompt = new FakeClient();
  const replaceable = new ReplaceableClient({
    open: vi.fn(async () => prompt).mockReturnValueOnce(late),
    close: async (client) => {
      client.open = false;
    },
  });
  const abort = new AbortController();
  const stuck = replaceable.use(async () => {}, abort.signal);
  abort.abort(new Error("too late"));
  await expect(stuck).rejects.toThrow("too late");
  expect(await replaceable.use(async (client) => client, RUNNING)).toBe(prompt);
  const lateClient = new FakeClient();
  connectLate(lateClient);
  await expect.poll(() => lateClient.open).toBe(false);
  expect(prompt.open).toBe(true);
});

it("after a failure to connect, the next use tries again; after close, none does", async () => {
  let failures = 1;
  const replaceable = new ReplaceableClient({
    open: async () => {
      if (failures-- > 0) throw new Error("down");
      return "client";
    },
    close: async () => {},
  });
  await expect(replaceable.use(async () => {}, RUNNING)).rejects.toThrow("down");
  expect(await replaceable.use(async (client) => client, RUNNING)).toBe("client");
  await expect(replaceable.close()).resolves.toBeUndefined();
  await expect(replaceable.use(async () => {}, RUNNING)).rejects.toThrow("closed");
});
