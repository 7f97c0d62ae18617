import type { Argument, Command, Option } from 'commander';

export type Shell = 'bash' | 'zsh' | 'fish';

/** Values of flags that commander does not know, by command path and flag: `mcp --resources`. */
export type FlagValues = Readonly<Record<string, readonly string[]>>;

/** A script for a shell that completes commands, verbs, flags and their values. */
export function completionScript(program: Command, shell: Shell, values: FlagValues = {}): string {
  const entries = entriesOf(program, [], values);
  if (shell === 'fish') return fishScript(entries);
  const bash = bashScript(entries);
  return shell === 'bash' ? bash : `autoload -U +X bashcompinit && bashcompinit\n${bash}`;
}

interface Entry {
  /** The command, such as `endpoint create`; empty: the program itself. */
  readonly path: string;
  /** Subcommands, or values of the first argument. */
  readonly words: readonly Word[];
  readonly flags: readonly Flag[];
}

interface Word {
  readonly name: string;
  readonly meaning: string;
}

interface Flag extends Word {
  /** Null: the flag takes no value; empty: any value. */
  readonly values: readonly string[] | null;
}

/** Stands for the names of the profiles, which the script lists when it completes. */
const PROFILES = '@';
const LIST_PROFILES = `posthaste profile list 2>/dev/null | awk 'NR > 1 { print ($1 == "*" ? $2 : $1) }'`;

function entriesOf(command: Command, path: readonly string[], values: FlagValues): Entry[] {
  const options: readonly Option[] = command.createHelp().visibleOptions(command);
  const name = path.join(' ');
  const own: Entry = {
    path: name,
    words: [
      ...command.commands.map((sub) => ({ name: sub.name(), meaning: sub.summary() })),
      ...wordsOf(command.registeredArguments[0], path),
    ],
    flags: options.flatMap(({ long, flags, description, required, argChoices }) => {
      if (typeof long !== 'string') return [];
      // `--log-level <trace|debug>`
      const [, written] = /<(\w+(?:\|\w+)+)>$/.exec(flags) ?? [];
      const known = argChoices ?? values[`${name} ${long}`] ?? written?.split('|') ?? [];
      const any = long === '--profile' && name !== 'login' ? [PROFILES] : known;
      return [{ name: long, meaning: description, values: required ? any : null }];
    }),
  };
  return [own, ...command.commands.flatMap((sub) => entriesOf(sub, [...path, sub.name()], values))];
}

function wordsOf(argument: Argument | undefined, [first]: readonly string[]): Word[] {
  const names = first === 'profile' && argument !== undefined ? [PROFILES] : argument?.argChoices;
  return (names ?? []).map((name) => ({ name, meaning: argument?.description ?? '' }));
}

/** A flag with its values: `--only=all,failed,missing`; each flag that takes a value has an `=`. */
function flagWord({ name, values }: Flag): string {
  return values === null ? name : `${name}=${values.join(',')}`;
}

/** The script for bash. It completes files where there are no other words. */
function bashScript(entries: readonly Entry[]): string {
  const cases = entries.map(({ path, words, flags }) => {
    const names = words.map(({ name }) => name).join(' ');
    return `    '${path}') offers='${names}' flags='${flags.map(flagWord).join(' ')}' ;;`;
  });
  return `_posthaste() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  local place='' offers='' flags='' flag offered='' prefix='' i
  for ((i = 1; i < COMP_CWORD && i < 3; i++)); do
    case "\${COMP_WORDS[i]}" in -*) break ;; esac
    place="\${place:+$place }\${COMP_WORDS[i]}"
  done
  while ! _posthaste_at "$place"; do
    case "$place" in *' '*) place="\${place% *}" ;; *) break ;; esac
  done
  case "$current" in -*) offered=flags ;; *) offered=here ;; esac
  for flag in $(echo "$flags"); do
    [ "\${flag%%=*}" = "$before" ] || continue
    case "$flag" in *=*) offers="\${flag#*=}" offered=values ;; esac
  done
  if [ "$offered" = flags ]; then
    offers=''
    for flag in $(echo "$flags"); do offers="$offers \${flag%%=*}"; done
  elif [ "$offers" = '${PROFILES}' ]; then
    offers="$(${LIST_PROFILES})"
  elif [ "$offered" = values ]; then
    offers="\${offers//,/ }"
    case "$current" in *,*) prefix="\${current%,*}," ;; esac
  fi
  COMPREPLY=($(compgen -P "$prefix" -W "$offers" -- "\${current#"$prefix"}"))
}
_posthaste_at() {
  case "$1" in
${cases.join('\n')}
    *) return 1 ;;
  esac
}
complete -o default -F _posthaste posthaste
`;
}

function fishScript(entries: readonly Entry[]): string {
  const cases = entries.map(({ path, words, flags }) => {
    const lines = [
      ...words.map(({ name, meaning }) => `${name}\t${meaning}`),
      ...flags.map((flag) => `${flagWord(flag)}\t${flag.meaning}`),
    ];
    return `        case '${path}'\n            printf '%s\\n' ${lines.map(quoted).join(' ')}`;
  });
  return `function __posthaste_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    set -l path
    for word in $before[2..3]
        string match -q -- '-*' $word; and break
        set -a path $word
    end
    set -l entries (__posthaste_at "$path")
    if test -z "$entries" -a (count $path) -gt 1
        set entries (__posthaste_at $path[1])
    end
    if string match -q -- '@*' $current
        __fish_complete_path (string sub -s 2 -- $current) | string replace -r '^' @
        return
    end
    for entry in $entries
        set -l flag (string split -m 1 \\t -- $entry)[1]
        if string match -q -- "$before[-1]=*" $flag
            __posthaste_values $current (string split -m 1 = -- $flag)[2]
            return
        end
    end
    if string match -q -- '-*' $current
        string match -- '-*' $entries | string replace -r '=[^\\t]*\\t' '\\t'
    else
        set -l words (string match -v -- '-*' $entries)
        if test -z "$words"
            __posthaste_values $current ''
        else if string match -q -- ${PROFILES}\\t'*' $words
            __posthaste_values $current ${PROFILES}
        else
            printf '%s\\n' $words
        end
    end
end
function __posthaste_values -a current values
    switch "$values"
        case ''
            __fish_complete_path $current
        case '${PROFILES}'
            ${LIST_PROFILES}
        case '*'
            set -l prefix (string match -r -- '.*,' $current)
            printf '%s\\n' "$prefix"(string split , -- $values)
    end
end
function __posthaste_at -a path
    switch "$path"
${cases.join('\n')}
    end
end
complete -c posthaste -f -a '(__posthaste_complete)'
`;
}

/** The text on one line, in single quotes. */
function quoted(text: string): string {
  const line = text.replaceAll('\n', ' ');
  return `'${line.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
}
