import { cloudEventsBinding } from "@alumiini/delivery";

/** CloudEvents NATS binding 1.0: `Content-Type` marks structured mode, so the data's own type is an attribute here. */
export const NATS_BINDING = cloudEventsBinding({
  prefix: "ce-",
  contentTypeHeader: "ce-datacontenttype",
  structuredHeader: "Content-Type",
  percentEncoded: true,
});
