import type { GitSetting } from "./remote.js";

/** Variables that would point git at another repository, or make it print what it sends (credentials included). */
const UNWANTED = /^GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|COMMON_DIR|NAMESPACE|PREFIX|TRACE.*|CURL_VERBOSE)$/;

/** Housekeeping must end with the command: a detached one would outlive the controller. */
const SETTINGS: readonly GitSetting[] = [
  ["gc.autoDetach", "false"],
  ["maintenance.autoDetach", "false"],
];

/** The environment of every git command: it never asks, never runs a program that an address names, speaks English. */
export function gitEnvironment(settings: readonly GitSetting[] = []): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { GIT_SSH_COMMAND: "ssh -o BatchMode=yes" };
  for (const [name, value] of Object.entries(process.env)) {
    if (!UNWANTED.test(name)) environment[name] = value;
  }
  environment["GIT_TERMINAL_PROMPT"] = "0";
  // `ext::` and other remote helpers run whatever command stands in the address.
  environment["GIT_ALLOW_PROTOCOL"] = "file:git:http:https:ssh";
  environment["LC_ALL"] = "C";
  let count = Number(environment["GIT_CONFIG_COUNT"] ?? 0);
  for (const [name, value] of [...SETTINGS, ...settings]) {
    environment[`GIT_CONFIG_KEY_${count}`] = name;
    environment[`GIT_CONFIG_VALUE_${count}`] = value;
    count++;
  }
  environment["GIT_CONFIG_COUNT"] = String(count);
  return environment;
}
