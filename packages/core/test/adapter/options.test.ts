import { describe, expect, it } from "vitest";
import {
  callback,
  flag,
  group,
  listOf,
  milliseconds,
  nearestOf,
  OptionError,
  objectWith,
  oneOf,
  readOptions,
  required,
  secret,
  text,
  wholeNumber,
} from "../../src/adapter/index.js";

const RULES = {
  name: text("lamp"),
  mode: oneOf(["on", "off"], "on"),
  limit: wholeNumber(1, 10, 5),
  patienceMs: milliseconds(0, 100),
  loud: flag(false),
  onFailure: callback<(problem: string) => void>(),
  client: required(objectWith<{ publish(): void }>("a client with `publish`", "publish")),
  types: listOf(["a", "b"], undefined),
  token: secret(wholeNumber(1, 2, undefined)),
  retry: group({ attempts: wholeNumber(1, 3, 2) }),
};
const client = { publish: () => {} };
const read = (options: unknown) => readOptions("lamp", options, RULES);

describe("readOptions", () => {
  it("fills in the defaults", () => {
    expect(read({ client, mode: undefined })).toEqual({
      name: "lamp",
      mode: "on",
      limit: 5,
      patienceMs: 100,
      loud: false,
      onFailure: undefined,
      client,
      types: undefined,
      token: undefined,
      retry: { attempts: 2 },
    });
  });

  it("keeps what it is given", () => {
    const given = { client, name: "x", limit: 10, types: ["b"], retry: { attempts: 3 } };
    expect(read(given)).toMatchObject(given);
  });

  it.each([
    [{ client, limit: 0 }, 'lamp: option "limit" is 0; it must be a whole number from 1 to 10'],
    [{ client, limit: "3" }, 'lamp: option "limit" is "3"; it must be a whole number from 1 to 10'],
    [{ client, limit: null }, 'lamp: option "limit" is null; it must be a whole number from 1 to 10'],
    [
      { client, patienceMs: -1 },
      'lamp: option "patienceMs" is -1; it must be a whole number from 0 to 2147483647 (milliseconds)',
    ],
    [{ client, mode: "On" }, 'lamp: option "mode" is "On"; it must be "on" or "off"'],
    [{ client, name: "" }, 'lamp: option "name" is ""; it must be a text that is not empty'],
    [{ client, loud: "yes" }, 'lamp: option "loud" is "yes"; it must be true or false'],
    [{ client, onFailure: 3 }, 'lamp: option "onFailure" is 3; it must be a function'],
    [{}, 'lamp: option "client" is missing; it must be a client with `publish`'],
    [{ client: {} }, 'lamp: option "client" is an object; it must be a client with `publish`'],
    [{ client, types: ["c"] }, 'lamp: option "types" is a list; it must be a list of "a" or "b"'],
    [{ client, retry: { attempts: 4 } }, 'lamp: option "retry.attempts" is 4; it must be a whole number from 1 to 3'],
    [{ client, retry: { atempts: 1 } }, 'lamp: option "retry.atempts" is unknown; did you mean "attempts"?'],
    [{ client, limt: 1 }, 'lamp: option "limt" is unknown; did you mean "limit"?'],
    [
      { client, zzzzzzzz: 1 },
      'lamp: option "zzzzzzzz" is unknown; use one of name, mode, limit, patienceMs, loud, onFailure, client, types, token, retry',
    ],
    ["on", 'lamp: option "options" is "on"; it must be an object'],
  ])("refuses %j", (options, message) => {
    expect(() => read(options)).toThrow(new OptionError("lamp", "", "").constructor as typeof OptionError);
    expect(() => read(options)).toThrow(message);
  });

  it("never shows what an option with credentials was", () => {
    expect(() => read({ client, token: "hunter2" })).toThrow(
      'lamp: option "token" is a string; it must be a whole number from 1 to 2',
    );
  });

  it("takes credentials out of what it shows, and bounds it", () => {
    expect(() => read({ client, limit: "https://me:hunter2@host/" })).toThrow(/^((?!hunter2).)*$/s);
    expect(() => read({ client, limit: "x".repeat(1000) })).toThrow(/^.{0,200}$/s);
  });
});

describe("nearestOf", () => {
  it.each([
    ["stram", "stream"],
    ["maxInflight", "maxInFlight"],
    ["onError", undefined],
    ["subjcet", "subject"],
  ])("%s means %s", (misspelt, expected) => {
    expect(nearestOf(misspelt, ["stream", "maxInFlight", "subject", "contentMode"])).toBe(expected);
  });
});
