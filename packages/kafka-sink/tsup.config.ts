import { defineConfig } from "tsup";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    kafkajs: "src/clients/kafkajs.ts",
    confluent: "src/clients/confluent.ts",
    platformatic: "src/clients/platformatic.ts",
  },
  format: ["esm", "cjs"],
  // tsup leaves out the reference that Disposable needs where the user has no Node types.
  dts: { banner: '/// <reference lib="esnext.disposable" />' },
  sourcemap: true,
  clean: true,
  target: "es2022",
});
