import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const STORE_PASSWORD = "changeit";

/** Where the certificate is that clients must trust, as PEM. */
export function certificatePath(directory: string): string {
  return join(directory, "certificate.pem");
}

/** Makes a key and a certificate for 127.0.0.1, and returns the properties that have a broker use them. */
export async function makeKeys(directory: string): Promise<Record<string, string>> {
  const store = join(directory, "keys.p12");
  const access = ["-alias", "broker", "-keystore", store, "-storetype", "PKCS12", "-storepass", STORE_PASSWORD];
  const subject = ["-keyalg", "RSA", "-validity", "2", "-dname", "CN=127.0.0.1", "-ext", "SAN=IP:127.0.0.1"];
  await run("keytool", ["-genkeypair", ...access, ...subject]);
  await run("keytool", ["-exportcert", "-rfc", "-file", certificatePath(directory), ...access]);
  return {
    "ssl.keystore.location": store,
    "ssl.keystore.type": "PKCS12",
    "ssl.keystore.password": STORE_PASSWORD,
  };
}
