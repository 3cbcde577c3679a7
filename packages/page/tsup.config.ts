import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { build, type Plugin } from "esbuild";
import { defineConfig } from "tsup";

/** The browser's part, built into one HTML text: what `src/asset.d.ts` declares. */
const asset: Plugin = {
  name: "asset",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^page:asset$/ }, ({ path }) => ({ path, namespace: "asset" }));
    onLoad({ filter: /.*/, namespace: "asset" }, async () => {
      const script = await bundle("src/app/main.tsx");
      const style = await bundle("src/app/style.css");
      const html = readFileSync("src/app/index.html", "utf8")
        .replace("/* style */", () => style)
        .replace("/* script */", () => script);
      const contents = [
        `export const html = ${JSON.stringify(html)};`,
        `export const scriptHash = ${JSON.stringify(hashOf(script))};`,
        `export const styleHash = ${JSON.stringify(hashOf(style))};`,
      ].join("\n");
      return { contents, loader: "js" };
    });
  },
};

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: ["chrome120", "firefox120", "safari17"],
    jsx: "automatic",
    jsxImportSource: "preact",
    charset: "utf8",
    legalComments: "none",
  });
  const text = outputFiles[0]?.text.trim() ?? "";
  if (/<\/(?:script|style)|<!--/i.test(text)) throw new Error(`${entry} would end its own element`);
  return text;
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

export default defineConfig({
  entry: { index: "src/index.ts" },
  format: ["esm", "cjs"],
  dts: true,
  clean: true,
  target: "es2022",
  esbuildPlugins: [asset],
});
