import { afterEach, describe, expect, it, vi } from "vitest";
import { deliver, instantTransport, message, rejected } from "./support.js";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("reports of failures", () => {
  it("come at most five different ones of a kind in a minute, the same only once", async () => {
    let text = 0;
    const { delivery, time, failures } = deliver(instantTransport(() => rejected(`reason ${text++ % 10}`)).transport);
    for (let id = 0; id < 100; id++) delivery.accept(message(id));
    await time.advance(10);
    expect(failures.map(({ message: said }) => said.slice(-8))).toEqual([0, 1, 2, 3, 4].map((n) => `reason ${n}`));
    await time.advance(60_000);
    delivery.accept(message(100));
    await time.advance(10);
    expect(failures).toHaveLength(6);
    expect(failures[5]).toMatchObject({ kind: "rejected", heldBack: 95 });
  });

  it("say no secret, and hand on the error as it was", async () => {
    const { delivery, time, failures } = deliver(
      instantTransport(() => rejected("https://ci:t0ps3cret@host/?token=abcdef")).transport,
    );
    delivery.accept(message(0));
    await time.advance(10);
    expect(failures[0]?.message).toContain("host");
    expect(failures[0]?.message).not.toMatch(/t0ps3cret|abcdef/);
    expect(String(failures[0]?.error)).toContain("t0ps3cret");
  });

  it("that can't be taken do no harm", async () => {
    const { delivery, time } = deliver(instantTransport(() => rejected()).transport, {
      onFailure: () => {
        throw new Error("the log is full");
      },
    });
    delivery.accept(message(0));
    await time.advance(10);
    expect(delivery.stats()).toMatchObject({ pending: 0, dropped: { rejected: 1 } });
  });

  it("go to the console by default, on one line", async () => {
    const lines = vi.spyOn(console, "error").mockImplementation(() => {});
    const { delivery, time } = deliver(instantTransport(() => rejected("a\nb")).transport, { onFailure: undefined });
    delivery.accept(message(0));
    await time.advance(10);
    expect(lines.mock.calls.map((call) => call.join(" "))).toEqual([
      'alumiini sink "test": The receiver refused a message for good; it was given up: Error: a b',
    ]);
  });
});
