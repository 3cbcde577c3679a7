import { nkeys } from "@nats-io/transport-node";

type KeyPair = ReturnType<typeof nkeys.createUser>;

/** A server's configuration that trusts JSON web tokens alone, and the credentials of a user whom it lets in. */
export function operatorMode(): { readonly configuration: string; readonly credentials: Uint8Array } {
  const operator = nkeys.createOperator();
  const system = nkeys.createAccount();
  const account = nkeys.createAccount();
  const user = nkeys.createUser();
  const unlimited = {
    ...{ subs: -1, conn: -1, leaf: -1, imports: -1, exports: -1, data: -1, payload: -1, wildcards: true },
    ...{ mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 },
  };
  const accounts = [
    [system, {}],
    [account, { limits: unlimited }],
  ] as const;
  const preloaded = accounts.map(
    ([pair, claims]) => `${pair.getPublicKey()}: "${token(operator, pair, "account", claims)}"`,
  );
  const configuration = `
    operator: "${token(operator, operator, "operator", {})}"
    system_account: ${system.getPublicKey()}
    resolver: MEMORY
    resolver_preload: { ${preloaded.join(", ")} }`;
  const userToken = token(account, user, "user", { subs: -1, data: -1, payload: -1 });
  const seed = new TextDecoder().decode(user.getSeed());
  const credentials = [
    `-----BEGIN NATS USER JWT-----\n${userToken}\n------END NATS USER JWT------`,
    `-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`,
  ];
  return { configuration, credentials: new TextEncoder().encode(credentials.join("\n\n")) };
}

function token(issuer: KeyPair, subject: KeyPair, type: string, claims: object): string {
  const header = encode({ typ: "JWT", alg: "ed25519-nkey" });
  const body = encode({
    jti: crypto.randomUUID(),
    iat: Math.floor(Date.now() / 1000),
    iss: issuer.getPublicKey(),
    sub: subject.getPublicKey(),
    name: type,
    nats: { ...claims, type, version: 2 },
  });
  const signature = issuer.sign(Buffer.from(`${header}.${body}`));
  return `${header}.${body}.${Buffer.from(signature).toString("base64url")}`;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
