import type { CompletionNode, CompletionOption, Described } from "./tree.js";

/** The shells that there are scripts for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** One of {@link SHELLS}. */
export type Shell = (typeof SHELLS)[number];

/**
 * Returns the script that completes a program in a shell. It contains every word, so nothing runs while the user types.
 */
export function completionScript(shell: Shell, name: string, nodes: readonly CompletionNode[]): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](name, nodes);
}

/** Quoted for all three. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** What has been typed so far, as a path of commands. In bash and zsh. */
function pathCases(nodes: readonly CompletionNode[]): string {
  const known = nodes.filter(({ path }) => path !== "");
  const pattern = ({ path }: CompletionNode): string => {
    const words = path.split(" ");
    const parent = words.slice(0, -1).join(" ");
    return `${quoted(`${parent}:${words.at(-1) ?? ""}`)}) at=${quoted(path)} ;;`;
  };
  return known.map((node) => `      ${pattern(node)}`).join("\n");
}

/** What follows an option, by path and option. In bash and zsh. */
function valueCases(
  nodes: readonly CompletionNode[],
  act: (value: Exclude<CompletionOption["value"], undefined>) => string,
): string {
  return nodes
    .flatMap(({ path, options }) =>
      options.flatMap(({ names, value }) =>
        value === undefined
          ? []
          : [`    ${names.map((each) => quoted(`${path}:${each}`)).join("|")}) ${act(value)} ;;`],
      ),
    )
    .join("\n");
}

function bashScript(name: string, nodes: readonly CompletionNode[]): string {
  const words = nodes.map(({ path, commands, options, values }) => {
    const all = [...commands.map(({ word }) => word), ...values, ...options.flatMap(({ names }) => names)];
    return `    ${quoted(path)}) words=${quoted(all.join(" "))} ;;`;
  });
  const values = valueCases(nodes, (value) => {
    if (value === "file") return "IFS=$'\\n'; COMPREPLY=($(compgen -f -- \"$current\")); return";
    if (value === "directory") return "IFS=$'\\n'; COMPREPLY=($(compgen -d -- \"$current\")); return";
    return value === "anything"
      ? "return"
      : `COMPREPLY=($(compgen -W ${quoted(value.words.join(" "))} -- "$current")); return`;
  });
  return `# bash completion of ${name}: source <(${name} completion bash)
_${name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} at='' words='' index
  local IFS=$' \\t\\n'
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "$at:\${COMP_WORDS[index]}" in
${pathCases(nodes)}
    esac
  done
  case "$at:$before" in
${values}
  esac
  case "$at" in
${words.join("\n")}
  esac
  [[ $current != -* ]] && words=" $words" && words="\${words// -*/}"
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ \${#COMPREPLY[@]} -gt 0 || $current == -* ]] || { IFS=$'\\n'; COMPREPLY=($(compgen -f -- "$current")); }
}
complete -o filenames -F _${name} ${name}
`;
}

/** `word:description`, as zsh's _describe takes it. */
function described({ word, description }: Described): string {
  return quoted(`${word.replaceAll(":", "\\:")}:${description}`);
}

function zshScript(name: string, nodes: readonly CompletionNode[]): string {
  const lists = nodes.map(({ path, commands, options, values }) => {
    const plain = [...commands, ...values.map((word) => ({ word, description: "" }))];
    const flags = options.flatMap(({ names, description }) => names.map((word) => ({ word, description })));
    return `    ${quoted(path)})
      plain=(${plain.map(described).join(" ")})
      flags=(${flags.map(described).join(" ")})
      ;;`;
  });
  const values = valueCases(nodes, (value) => {
    if (value === "file") return "_files; return";
    if (value === "directory") return "_files -/; return";
    return value === "anything" ? "return" : `compadd -- ${value.words.map(quoted).join(" ")}; return`;
  });
  return `#compdef ${name}
# zsh completion of ${name}: source <(${name} completion zsh), after compinit
_${name}() {
  local at='' index
  local -a plain flags
  for ((index = 2; index < CURRENT; index++)); do
    case "$at:\${words[index]}" in
${pathCases(nodes)}
    esac
  done
  case "$at:\${words[CURRENT-1]}" in
${values}
  esac
  case "$at" in
${lists.join("\n")}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    _describe -o 'option' flags
  elif (( \${#plain} > 0 )); then
    _describe 'command' plain
  else
    _files
  fi
}
compdef _${name} ${name}
`;
}

function fishScript(name: string, nodes: readonly CompletionNode[]): string {
  const lines = nodes.flatMap(({ path, commands, options, values }) => {
    const when = `-n ${quoted(fishCondition(path, commands))}`;
    const words = [...commands, ...values.map((word) => ({ word, description: "" }))];
    return [
      ...words.map(
        ({ word, description }) => `complete -c ${name} -f ${when} -a ${fish(word)} -d ${fish(description)}`,
      ),
      ...options.map((option) => `complete -c ${name} ${when} ${fishOption(option)}`),
    ];
  });
  return `# fish completion of ${name}: ${name} completion fish | source
${lines.join("\n")}
`;
}

function fishCondition(path: string, commands: readonly Described[]): string {
  const seen = path === "" ? [] : path.split(" ").map((word) => `__fish_seen_subcommand_from ${word}`);
  const none =
    commands.length === 0 ? [] : [`not __fish_seen_subcommand_from ${commands.map(({ word }) => word).join(" ")}`];
  return [...seen, ...none].join("; and ");
}

function fishOption({ names, description, value }: CompletionOption): string {
  const flags = names.map((each) => (each.startsWith("--") ? `-l ${each.slice(2)}` : `-s ${each.slice(1)}`));
  const after =
    value === undefined
      ? "-f"
      : value === "file"
        ? "-rF"
        : value === "directory"
          ? "-xa '(__fish_complete_directories)'"
          : value === "anything"
            ? "-x"
            : `-xa ${fish(value.words.join(" "))}`;
  return `${flags.join(" ")} ${after} -d ${fish(description)}`;
}

/** In fish, a quote in quotes has a backslash before it. */
function fish(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
