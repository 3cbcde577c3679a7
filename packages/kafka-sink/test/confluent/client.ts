import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const PACKAGE = join("node_modules", "@confluentinc", "kafka-javascript");

/**
 * Where Confluent's client may have its native part: in the directory that `CONFLUENT_KAFKA_DIR` names, in the workspace,
 * where its build was allowed, or in a directory of the cache where somebody has compiled it, for the Node whose headers are there. That takes a minute, g++, make, python3
 * and the headers of libcurl, zlib, OpenSSL, zstd and SASL:
 *
 *     npm install --ignore-scripts @confluentinc/kafka-javascript
 *     cd node_modules/@confluentinc/kafka-javascript
 *     CKJS_LINKING=dynamic npx node-pre-gyp install --build-from-source
 */
const PLACES = [
  join(process.env["CONFLUENT_KAFKA_DIR"] ?? "", PACKAGE),
  join(import.meta.dirname, "..", "..", PACKAGE),
  join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "alumiini", "confluent", PACKAGE),
];

/** A Node and a client that work together; `undefined` where there are none. */
export function findConfluent(): { readonly node: string; readonly client: string } | undefined {
  for (const client of PLACES.filter(existsSync)) {
    for (const node of [process.execPath, "node", "/usr/bin/node"]) {
      try {
        execFileSync(node, ["-e", `require(${JSON.stringify(client)})`], { stdio: "ignore" });
        return { node, client };
      } catch {
        // Not compiled, or for another Node.
      }
    }
  }
  return undefined;
}
