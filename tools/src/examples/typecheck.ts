import { dirname, join } from "node:path";
import ts from "typescript";
import { publishedPackages, ROOT, workspacePackages } from "../workspace.ts";
import type { CodeBlock } from "./extract.ts";

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  types: ["node"],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  noEmit: true,
};

/**
 * Type-checks every block as a module of its own and answers the errors, one line each, at the block's place in its
 * document. A block may import what the package it stands in may, and whatever any other package of ours may.
 */
export function typecheckBlocks(blocks: readonly CodeBlock[]): string[] {
  const virtualFiles = new Map(blocks.map((block) => [virtualPath(block), block]));
  const program = ts.createProgram([...virtualFiles.keys()], OPTIONS, compilerHost(virtualFiles));
  return [...virtualFiles].flatMap(([fileName, block]) => {
    const sourceFile = program.getSourceFile(fileName);
    if (sourceFile === undefined) return [`${block.path}:${block.line} could not be read`];
    return ts.getPreEmitDiagnostics(program, sourceFile).map((diagnostic) => formatError(block, diagnostic));
  });
}

function virtualPath(block: CodeBlock): string {
  return join(ROOT, dirname(block.path), `${block.path.replaceAll(/[^A-Za-z0-9]/g, "-")}-${block.line}.example.ts`);
}

function compilerHost(virtualFiles: ReadonlyMap<string, CodeBlock>): ts.CompilerHost {
  const host = ts.createCompilerHost(OPTIONS);
  const { fileExists, readFile } = host;
  host.getCurrentDirectory = () => ROOT;
  host.fileExists = (path) => virtualFiles.has(path) || fileExists.call(host, path);
  host.readFile = (path) => virtualFiles.get(path)?.code ?? readFile.call(host, path);
  host.getSourceFile = (path, languageVersion) => {
    const text = host.readFile(path);
    return text === undefined ? undefined : ts.createSourceFile(path, text, languageVersion, true);
  };
  const cache = ts.createModuleResolutionCache(ROOT, (name) => name, OPTIONS);
  const elsewhere = [...publishedPackages(), ...workspacePackages()].map((directory) => join(directory, "example.ts"));
  host.resolveModuleNameLiterals = (literals, containingFile) => {
    const places = virtualFiles.has(containingFile) ? [containingFile, ...elsewhere] : [containingFile];
    return literals.map(({ text }) => {
      for (const place of places) {
        const found = ts.resolveModuleName(text, place, OPTIONS, host, cache, undefined, ts.ModuleKind.ESNext);
        if (found.resolvedModule !== undefined) return found;
      }
      return { resolvedModule: undefined };
    });
  };
  return host;
}

function formatError(block: CodeBlock, diagnostic: ts.Diagnostic): string {
  const start = diagnostic.start ?? 0;
  const position = diagnostic.file?.getLineAndCharacterOfPosition(start) ?? { line: 0, character: 0 };
  const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n  ");
  return `${block.path}:${block.line + position.line}:${position.character + 1} TS${diagnostic.code}: ${text}`;
}
