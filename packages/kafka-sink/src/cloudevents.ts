import { cloudEventsBinding } from "@alumiini/delivery";

/**
 * CloudEvents Kafka binding 1.0: attributes as `ce_` headers in UTF-8, as they are. An event without data becomes an
 * empty value, never a tombstone.
 */
export const KAFKA_BINDING = cloudEventsBinding({
  prefix: "ce_",
  contentTypeHeader: "content-type",
  percentEncoded: false,
});
