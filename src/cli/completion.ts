import type { Command, Option } from 'commander';

export type Shell = 'bash' | 'zsh' | 'fish';

export const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish'];

/** A script for a shell that completes commands, verbs and flags of the program. */
export function completionScript(program: Command, shell: Shell): string {
  const entries = entriesOf(program, []);
  if (shell === 'fish') return fishScript(entries);
  const bash = bashScript(entries);
  return shell === 'bash' ? bash : `autoload -U +X bashcompinit && bashcompinit\n${bash}`;
}

interface Entry {
  /** `endpoint create`; empty: the program. */
  readonly path: string;
  readonly commands: readonly Word[];
  readonly flags: readonly (Word & { readonly takesValue: boolean })[];
}

interface Word {
  readonly name: string;
  readonly meaning: string;
}

function entriesOf(command: Command, path: readonly string[]): Entry[] {
  const options: readonly Option[] = command.createHelp().visibleOptions(command);
  const own: Entry = {
    path: path.join(' '),
    commands: command.commands.map((sub) => ({ name: sub.name(), meaning: sub.summary() })),
    flags: options.flatMap(({ long, description, required }) =>
      typeof long === 'string' ? [{ name: long, meaning: description, takesValue: required }] : [],
    ),
  };
  return [own, ...command.commands.flatMap((sub) => entriesOf(sub, [...path, sub.name()]))];
}

/** Files are completed where the program has nothing to offer, and behind a flag. */
function bashScript(entries: readonly Entry[]): string {
  const cases = entries.map(({ path, commands, flags }) => {
    const words = [...commands, ...flags].map(({ name }) => name).join(' ');
    return `    '${path}') words='${words}' ;;`;
  });
  return `_posthaste() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path='' words='' i
  for ((i = 1; i < COMP_CWORD && i < 3; i++)); do
    case "\${COMP_WORDS[i]}" in -*) break ;; esac
    path="\${path:+$path }\${COMP_WORDS[i]}"
  done
  while :; do
    _posthaste_words "$path" && break
    case "$path" in *' '*) path="\${path% *}" ;; *) break ;; esac
  done
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
_posthaste_words() {
  case "$1" in
${cases.join('\n')}
    *) return 1 ;;
  esac
}
complete -o default -F _posthaste posthaste
`;
}

function fishScript(entries: readonly Entry[]): string {
  const lines = entries.flatMap(({ path, commands, flags }) => {
    const seen =
      path === '' ? [] : path.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`);
    const names = commands.map(({ name }) => name).join(' ');
    const here =
      commands.length === 0 ? seen : [...seen, `not __fish_seen_subcommand_from ${names}`];
    const condition = (parts: readonly string[]) =>
      parts.length === 0 ? '' : ` -n '${parts.join('; and ')}'`;
    return [
      ...commands.map(
        ({ name, meaning }) =>
          `complete -c posthaste -f${condition(here)} -a ${name} -d ${quoted(meaning)}`,
      ),
      ...flags.map(
        ({ name, meaning, takesValue }) =>
          `complete -c posthaste${condition(seen)} -l ${name.slice(2)}${takesValue ? ' -r' : ''} -d ${quoted(meaning)}`,
      ),
    ];
  });
  return `${lines.join('\n')}\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
}
