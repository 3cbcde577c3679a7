import { findAssignments } from "./assignment.js";
import { findEncodedKeys, findJwk, findPem } from "./keys.js";
import type { Rule } from "./rule.js";
import { findCommands, findHashes, findSchemes, findSecretManifests, findTokens, findWebhooks } from "./tokens.js";
import { findBareUserInfo, findUserInfo } from "./user-info.js";

/** What is known of secrets. `test/redact/rules.ts` has examples and counter-examples of each. */
export const RULES = {
  privateKey: { find: findPem, hint: /PRIVATE|PuTTY/, cost: 64 },
  encodedKey: { find: findEncodedKeys, hint: /LS0tLS1CRUdJTi|45[ ,]{1,3}45|2d/i, cost: 96 },
  jsonWebKey: { find: findJwk, hint: /"kty/, cost: 32 },
  userInfo: { find: findUserInfo, hint: /[\\/]{2}|%(?:25){0,8}2f/i, cost: 32 },
  bareUserInfo: { find: findBareUserInfo, hint: /:/, cost: 16 },
  assignment: {
    find: findAssignments,
    hint: /[:=>]|%(?:25){0,8}3[ad]|--|passw|value|authorization|cookie/i,
    cost: 256,
  },
  secretManifest: { find: findSecretManifests, hint: /Secret\b/, cost: 64 },
  command: { find: findCommands, hint: / -|login|--from-literal/, cost: 256 },
  scheme: { find: findSchemes, hint: /bearer|basic|negotiate|ntlm|kerberos|ssws|geniekey|apikey|hawk/i, cost: 16 },
  token: { find: findTokens, hint: /[\w.~:+/-]{10}/, cost: 256 },
  webhook: { find: findWebhooks, hint: /hook|telegram|trigger|googleapis/i, cost: 32 },
  passwordHash: { find: findHashes, hint: /\$|\{S?SHA/, cost: 32 },
} as const satisfies Record<string, Rule>;

/** The name of a rule. */
export type RuleName = keyof typeof RULES;
