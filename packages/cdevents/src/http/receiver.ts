/** Headers of every request, or a function that returns them before each: for tokens that expire. */
export type RequestHeaders =
  | Readonly<Record<string, string>>
  | (() => Readonly<Record<string, string>> | PromiseLike<Readonly<Record<string, string>>>);

/** What the sink needs of `fetch`. The global one fits, and that of a library. */
export type Fetch = (
  url: string,
  request: {
    readonly method: "POST";
    readonly headers: Record<string, string>;
    /** Bytes of their own memory, as every version of TypeScript names them. */
    readonly body: ReturnType<InstanceType<typeof TextEncoder>["encode"]>;
    readonly redirect: "manual";
    readonly signal: AbortSignal;
  },
) => Promise<FetchResponse>;

/** What the sink needs of a response. */
export interface FetchResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: {
    getReader(): {
      read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
      cancel(): Promise<void>;
    };
  } | null;
}

/** Where events go: a URL without credentials, and what the headers must say. */
export interface Receiver {
  readonly url: string;
  headers(): Promise<Readonly<Record<string, string>>>;
}

/**
 * Takes credentials out of the URL, which has been checked, and into a header: `fetch` refuses them there, in an error that
 * shows them.
 */
export function createReceiver(given: string | URL, headers: RequestHeaders = {}): Receiver {
  const url = new URL(given);
  const authorization: Record<string, string> = {};
  if (url.username !== "" || url.password !== "") {
    authorization["authorization"] = `Basic ${base64(`${decode(url.username)}:${decode(url.password)}`)}`;
    url.username = "";
    url.password = "";
  }
  return {
    url: url.href,
    headers: async () => ({
      ...authorization,
      ...lowerCased(typeof headers === "function" ? await headers() : headers),
    }),
  };
}

/** Two spellings of one header would be sent as two values. */
function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A bare percent sign in a password.
  }
}

function base64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));
}
