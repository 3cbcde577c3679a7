import { expect, it } from "vitest";
import type { LinkState, Message, Transport } from "../src/index.js";
import { deliver, delivered, expectConservation, message } from "./support.js";

/** A transport that knows whether its link is up, and fails while it is down. */
function linkedTransport() {
  const sent: string[][] = [];
  let listener: (state: LinkState) => void = () => {};
  let up = true;
  const transport: Transport = {
    followLink(given) {
      listener = given;
    },
    async send(batch: readonly Message[]) {
      sent.push(batch.map(({ id }) => id));
      if (!up) throw new Error("no link");
      return batch.map(() => delivered);
    },
  };
  const turn = (state: LinkState) => {
    up = state.up;
    listener(state);
  };
  return { transport, sent, turn };
}

it("sends nothing while the link is down, says where it led to, and sends at once when it is back", async () => {
  const { transport, sent, turn } = linkedTransport();
  const { delivery, time, failures } = deliver(transport, { lingerMs: 0 });
  await time.advance(0);
  expect(delivery.stats()).toMatchObject({ connected: true, circuit: "closed" });

  turn({ up: false, error: new Error("nats://10.0.0.1:4222 does not answer") });
  expect(delivery.stats()).toMatchObject({ connected: false, circuit: "open" });
  delivery.accept(message(1));
  delivery.accept(message(2, "b"));
  await time.advance(600_000);
  expect(sent).toEqual([]);
  expect(delivery.stats()).toMatchObject({ pending: 2, retries: 0, lastError: expect.stringContaining("10.0.0.1") });
  expectConservation(delivery);

  turn({ up: true });
  await time.advance(0);
  expect(sent.flat().sort()).toEqual(["1", "2"]);
  expect(delivery.stats()).toMatchObject({ delivered: 2, pending: 0, connected: true, circuit: "closed" });
  expect(failures).toMatchObject([{ kind: "connect_failed", message: expect.stringContaining("10.0.0.1") }]);
});

it.each([true, false])("takes a transport that says at once whether its link is up: %s", async (up) => {
  const { transport, sent, turn } = linkedTransport();
  const { delivery, time } = deliver({ ...transport, followLink: (listener) => listener({ up }) }, { lingerMs: 0 });
  turn({ up });
  delivery.accept(message(1));
  await time.advance(0);
  expect(delivery.stats()).toMatchObject({ connected: up, circuit: up ? "closed" : "open" });
  expect(sent).toEqual(up ? [["1"]] : []);
});

it("waits no longer, once the link is back, for what failed because of it", async () => {
  const { transport, sent, turn } = linkedTransport();
  const { delivery, time } = deliver(transport, { lingerMs: 0, retry: { initialDelayMs: 60_000, maxDelayMs: 60_000 } });
  await time.advance(0);
  turn({ up: false });
  turn({ up: true, error: new Error("this user may not publish") });
  // It is up, but what is sent fails.
  transport.send = async (batch) => {
    sent.push(batch.map(({ id }) => id));
    throw new Error("denied");
  };
  delivery.accept(message(1));
  await time.advance(0);
  expect(sent).toHaveLength(1);
  transport.send = async (batch) => batch.map(() => delivered);
  turn({ up: false });
  turn({ up: true });
  await time.advance(0);
  expect(delivery.stats()).toMatchObject({ delivered: 1, pending: 0 });
});

it("reports a link that goes down again and again once a minute, and nothing once it is closed", async () => {
  const { transport, turn } = linkedTransport();
  const { delivery, time, failures } = deliver(transport);
  await time.advance(0);
  for (let second = 0; second < 150; second++) {
    turn({ up: false, error: new Error(`attempt ${second} failed`) });
    await time.advance(1000);
  }
  expect(failures).toHaveLength(3);
  await delivery.close(AbortSignal.abort());
  turn({ up: false, error: new Error("late") });
  turn({ up: true });
  await time.advance(60_000);
  expect(failures).toHaveLength(3);
});
