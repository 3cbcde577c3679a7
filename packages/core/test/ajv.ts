import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

/** The validator that stands for everybody else's. */
export function ajv() {
  const instance = new Ajv2020({ strict: true, allowUnionTypes: true });
  addFormats(instance);
  return instance;
}
