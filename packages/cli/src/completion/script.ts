import type { Command, Option } from 'commander';

/** One word that can follow, with what it is for. */
interface Word {
  readonly word: string;
  readonly help: string;
}

/** What can follow a command such as `node add`: sub-commands, options, and choices of options. */
interface Node {
  /** Words that lead here, joined by blanks; empty for the program itself. */
  readonly path: string;
  readonly commands: readonly Word[];
  readonly options: readonly Word[];
  /** Choices by option, such as `--output` to `table json`. */
  readonly choices: readonly { readonly option: string; readonly words: readonly string[] }[];
}

/** A completion script made from the command tree, so that it cannot differ from it. */
export function completionScript(program: Command, shell: string): string {
  const nodes = collect(program, []);
  switch (shell) {
    case 'bash':
      return bash(nodes);
    case 'zsh':
      return `#compdef tidegate\nautoload -U +X bashcompinit && bashcompinit\n${bash(nodes)}`;
    case 'fish':
      return fish(nodes);
    default:
      return powershell(nodes);
  }
}

function collect(command: Command, path: readonly string[]): Node[] {
  const options = command.createHelp().visibleOptions(command);
  const here: Node = {
    path: path.join(' '),
    commands: command.commands.map((child) => ({ word: child.name(), help: child.summary() })),
    options: options.flatMap((option) =>
      names(option).map((word) => ({ word, help: summary(option) })),
    ),
    choices: options.flatMap((option) =>
      names(option).map((name) => ({ option: name, words: option.argChoices ?? [] })),
    ),
  };
  const arguments_ = command.registeredArguments.flatMap((argument) => argument.argChoices ?? []);
  const withArguments = {
    ...here,
    commands: [...here.commands, ...arguments_.map((word) => ({ word, help: '' }))],
  };
  return [
    withArguments,
    ...command.commands.flatMap((child) => collect(child, [...path, child.name()])),
  ];
}

function names(option: Option): string[] {
  return [option.short, option.long].filter((name) => name !== undefined);
}

function summary(option: Option): string {
  return option.description.replace(/ \(env: .*\)$/, '');
}

function bash(nodes: readonly Node[]): string {
  const cases = nodes.map(
    ({ path, commands, options }) =>
      `    "${path}") words="${[...commands, ...options].map(({ word }) => word).join(' ')}" ;;`,
  );
  const choices = nodes.flatMap(({ path, choices }) =>
    choices
      .filter(({ words }) => words.length > 0)
      .map(({ option, words }) => `    "${path}|${option}") words="${words.join(' ')}" ;;`),
  );
  const commands = [...new Set(nodes.map(({ path }) => path))].filter((path) => path !== '');
  return `_tidegate() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" words="" index
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "\${path:+$path }\${COMP_WORDS[index]}" in
      ${commands.map((path) => `"${path}"`).join('|')}) path="\${path:+$path }\${COMP_WORDS[index]}" ;;
    esac
  done
  case "$path|$previous" in
${choices.join('\n')}
  esac
  if [ -z "$words" ]; then
    case "$path" in
${cases.join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _tidegate tidegate
`;
}

function fish(nodes: readonly Node[]): string {
  const quote = (text: string): string =>
    `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = nodes.flatMap(({ path, commands, options, choices }) => {
    const when = quote(`__tidegate_at ${path === '' ? '""' : `"${path}"`}`);
    return [
      ...commands.map(
        ({ word, help }) => `complete -c tidegate -f -n ${when} -a ${word} -d ${quote(help)}`,
      ),
      ...options
        .filter(({ word }) => word.startsWith('--'))
        .map(({ word, help }) => {
          const words = choices.find(({ option }) => option === word)?.words ?? [];
          const values = words.length > 0 ? ` -x -a ${quote(words.join(' '))}` : '';
          return `complete -c tidegate -n ${when} -l ${word.slice(2)}${values} -d ${quote(help)}`;
        }),
    ];
  });
  const groups = nodes.filter(({ path, commands }) => path !== '' && commands.length > 0);
  return `function __tidegate_at
  set -l path
  for word in (commandline -opc)[2..-1]
    string match -q -- '-*' $word; and continue
    switch (count $path)
      case 0
        set path $word
      case 1
        contains -- $path[1] ${groups.map(({ path }) => path).join(' ')}; and set path $path $word
    end
  end
  test "$path" = "$argv[1]"
end
${lines.join('\n')}
`;
}

function powershell(nodes: readonly Node[]): string {
  const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  const table = nodes.map(
    ({ path, commands, options }) =>
      `    ${quote(path)} = @(${[...commands, ...options].map(({ word }) => quote(word)).join(', ')})`,
  );
  return `Register-ArgumentCompleter -Native -CommandName tidegate -ScriptBlock {
  param($current, $ast, $position)
  $table = @{
${table.join('\n')}
  }
  $path = ''
  foreach ($element in $ast.CommandElements | Select-Object -Skip 1) {
    $next = ("$path " + $element.ToString()).Trim()
    if ($table.ContainsKey($next)) { $path = $next }
  }
  $table[$path] | Where-Object { $_ -like "$current*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`;
}
