/**
 * The largest sizes that an event may have. `emit` cuts what is longer; `parseWire` refuses it. They bound what one
 * event can cost every sink, whatever a repository, a forge or an error puts into it.
 */
export const LIMITS = {
  /** Characters in an identifier: names, ids, commits, branches, keys. */
  identifier: 256,
  /** Characters in a URL or path. */
  location: 2048,
  /** Characters in an error message. */
  message: 8192,
  /** Custom attributes on one event. */
  attributes: 64,
  /** Characters in the string value of a custom attribute. */
  attributeValue: 4096,
  /** Characters of all custom attributes of one event together: their names, and their values where those are text. */
  attributesText: 32 * 1024,
  /** Elements in the array value of a custom attribute. */
  attributeElements: 64,
  /** Applied objects listed on one event. */
  resources: 1000,
  /** The last instant, in milliseconds since the Unix epoch: in the year 9892. RFC 3339 can't write five-digit years. */
  instant: 2.5e14,
  /**
   * Characters of the applied objects of one event together. Those of a text with anything but letters, digits, `_`,
   * `.`, `/` and `-` count four times: they take longer to search for secrets.
   */
  resourcesText: 128 * 1024,
  /** Characters of JSON text that `parseWire` reads. */
  wireText: 4 * 1024 * 1024,
} as const;
