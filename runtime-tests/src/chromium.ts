import { createServer } from "node:http";
import { CHROMIUM_FLAGS, findChromium } from "@alumiini-internal/test-support/chromium";
import { chromium } from "playwright-core";

export { findChromium };

/** Loads `script` as a module of a page, served from this machine, and answers what `expression` comes to there. */
export async function evaluateInPage(executablePath: string, script: string, expression: string): Promise<unknown> {
  const server = createServer((request, response) => {
    const isScript = request.url === "/script.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(
      isScript ? script : '<!doctype html><title>test</title><script type="module" src="/script.js"></script>',
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS });
  try {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the server has no port");
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${address.port}/`);
    return await page.evaluate(expression);
  } finally {
    await browser.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
