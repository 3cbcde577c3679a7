import { createServer, type RequestListener } from "node:http";

/** Something that is being served on a free port. */
export interface HttpTarget {
  /** `host:port`. */
  readonly address: string;
  /** Without a slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the listener on a free port of this machine. */
export async function serve(listener: RequestListener): Promise<HttpTarget> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  return {
    address: `127.0.0.1:${address.port}`,
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
