/** `flavor completion`: scripts made from the parser itself, static, so that a Tab costs no start of Node. */
import type { Command } from "commander";
import { defineProgram } from "../program.js";
import { printResult, type Invocation } from "../invocation.js";

/** A command as completion needs it. */
interface Node {
  readonly path: readonly string[];
  readonly description: string;
  readonly options: readonly { readonly long: string; readonly short: string | undefined; readonly description: string; readonly takesValue: boolean; readonly choices: readonly string[] }[];
  readonly children: readonly Node[];
}

export function completion(invocation: Invocation, shell: "bash" | "zsh" | "fish"): Promise<undefined> {
  const program = defineProgram(() => Promise.resolve(), { out: () => undefined, err: () => undefined });
  const root = nodeOf(program, []);
  const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };
  const script = scripts[shell](root);
  printResult(invocation, { shell, script }, script);
  return Promise.resolve(undefined);
}

function nodeOf(command: Command, path: readonly string[]): Node {
  const help = command.createHelp();
  return {
    path,
    description: command.summary() || command.description(),
    options: help.visibleOptions(command).map((option) => ({ long: option.long ?? "", short: option.short, description: option.description, takesValue: option.required || option.optional, choices: option.argChoices ?? [] })),
    children: command.commands.map((child) => nodeOf(child, [...path, child.name()])),
  };
}

function flatten(node: Node): Node[] {
  return [node, ...node.children.flatMap(flatten)];
}

/** Words that may follow a command: its subcommands and options. */
function words(node: Node): string {
  return [...node.children.map((child) => child.path.at(-1) ?? ""), ...node.options.map((option) => option.long)].join(" ");
}

/** The command reached so far, as a shell loop: `pack`, `cache list`. */
function shellCases(root: Node, quote: (node: Node) => string): string {
  return flatten(root)
    .map((node) => `    ${JSON.stringify(node.path.join(" "))}) ${quote(node)} ;;`)
    .join("\n");
}

function commandNames(root: Node): string {
  return [...new Set(flatten(root).flatMap((node) => node.path))].join("|");
}

function choiceCases(root: Node): string {
  const options = flatten(root).flatMap((node) => node.options.filter((option) => option.choices.length > 0));
  const unique = new Map(options.map((option) => [option.long, option.choices]));
  return [...unique].map(([long, choices]) => `    ${long}) words="${choices.join(" ")}" ;;`).join("\n");
}

function bashScript(root: Node): string {
  return `# bash completion for flavor; made by: flavor completion bash
_flavor() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" reached="" words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      ${commandNames(root)}) reached="\${reached:+$reached }\${COMP_WORDS[i]}" ;;
      --) return ;;
    esac
  done
  case "$prev" in
${choiceCases(root)}
  esac
  if [ -z "$words" ]; then
    case "$reached" in
${shellCases(root, (node) => `words="${words(node)}"`)}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  [ "\${#COMPREPLY[@]}" -gt 0 ] || COMPREPLY=($(compgen -f -- "$cur"))
}
complete -o filenames -F _flavor flavor
`;
}

function zshScript(root: Node): string {
  return `#compdef flavor
# zsh completion for flavor; made by: flavor completion zsh
_flavor() {
  local reached="" words_list="" i
  for ((i = 2; i < CURRENT; i++)); do
    case "\${words[i]}" in
      ${commandNames(root)}) reached="\${reached:+$reached }\${words[i]}" ;;
      --) _files; return ;;
    esac
  done
  case "\${words[CURRENT-1]}" in
${choiceCases(root).replaceAll(" words=", " words_list=")}
  esac
  if [[ -z "$words_list" ]]; then
    case "$reached" in
${shellCases(root, (node) => `words_list="${words(node)}"`)}
    esac
  fi
  compadd -- \${=words_list}
  _files
}
compdef _flavor flavor
`;
}

function fishScript(root: Node): string {
  const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const lines = ["# fish completion for flavor; made by: flavor completion fish"];
  for (const node of flatten(root)) {
    const seen = node.path.map((name) => `__fish_seen_subcommand_from ${name}`);
    const others = node.children.map((child) => child.path.at(-1) ?? "").join(" ");
    const here = seen.length === 0 ? "__fish_use_subcommand" : `${seen.join("; and ")}${others === "" ? "" : `; and not __fish_seen_subcommand_from ${others}`}`;
    for (const child of node.children) lines.push(`complete -c flavor -f -n ${quoted(here)} -a ${child.path.at(-1) ?? ""} -d ${quoted(child.description)}`);
    for (const option of node.options) {
      const short = option.short === undefined ? "" : ` -s ${option.short.replace(/^-/, "")}`;
      const value = option.choices.length > 0 ? ` -x -a ${quoted(option.choices.join(" "))}` : option.takesValue ? " -r" : "";
      lines.push(`complete -c flavor -n ${quoted(here)} -l ${option.long.replace(/^--/, "")}${short}${value} -d ${quoted(option.description)}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
