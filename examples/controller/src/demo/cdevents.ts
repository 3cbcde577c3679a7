import { cdevents } from "@alumiini/cdevents";
import { httpSink } from "@alumiini/cdevents/http";
import type { Sink } from "@alumiini/delivery";
import type { Logger } from "pino";

/** A sink that posts CDEvents, such as to `alumiini serve`. */
export function demoCdeventsSink(url: string, logger: Logger): Sink {
  return httpSink({
    url,
    encode: cdevents({ profile: "0.5.1" }),
    // A history reads them in any order, so none need wait for the answer to another.
    key: ({ id }) => id,
    onFailure: ({ message }) => logger.warn(`CDEvents: ${message}`),
  });
}
