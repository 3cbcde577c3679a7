import type { Command, Option } from "commander";

/** What may follow a command: its commands, its options, and the values of its arguments. */
export interface CompletionNode {
  /** `outbox drain`; empty for the program itself. */
  readonly path: string;
  readonly commands: readonly Described[];
  readonly options: readonly CompletionOption[];
  readonly values: readonly string[];
}

/** A word and what it is. */
export interface Described {
  readonly word: string;
  readonly description: string;
}

/** An option by its names, and what may follow it. */
export interface CompletionOption {
  readonly names: readonly string[];
  readonly description: string;
  /** Undefined for a flag, which nothing follows. */
  readonly value: OptionValue | undefined;
}

/** Known words, a file, a directory, or anything. */
export type OptionValue = { readonly words: readonly string[] } | "file" | "directory" | "anything";

/** All nodes of a program, the program itself first. */
export function completionTree(program: Command): CompletionNode[] {
  const nodes: CompletionNode[] = [];
  const walk = (command: Command, path: string): void => {
    const help = command.createHelp();
    const commands = help.visibleCommands(command);
    nodes.push({
      path,
      commands: commands.map((child) => ({ word: child.name(), description: child.description() })),
      options: help.visibleOptions(command).map(optionOf),
      values: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
    });
    for (const child of command.commands) walk(child, path === "" ? child.name() : `${path} ${child.name()}`);
  };
  walk(program, "");
  return nodes;
}

function optionOf(option: Option): CompletionOption {
  const names = [option.short, option.long].filter((name) => typeof name === "string");
  return { names, description: option.description, value: expectedAfter(option) };
}

function expectedAfter({ flags, argChoices, required, optional }: Option): OptionValue | undefined {
  if (!required && !optional) return undefined;
  if (argChoices !== undefined) return { words: argChoices };
  if (flags.endsWith("<file>")) return "file";
  return flags.endsWith("<directory>") ? "directory" : "anything";
}
