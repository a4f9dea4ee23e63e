import { Argument, type Command } from 'commander';
import {
  examples,
  listFormats,
  withRendererChoice,
  withRendererOptions,
  type CommandContext,
} from './command-parts.ts';
import { option, outputOption, parseCount, parseList, parsePort, parseWhole } from './options.ts';
import { addReleaseCommands } from './release-commands.ts';
import { completionShells } from './completion/shells.ts';
import type { DiffOptions } from './commands/diff.ts';
import type { DoctorOptions } from './commands/doctor.ts';
import type { GenerateOptions } from './commands/generate.ts';
import type { InitOptions } from './commands/init.ts';
import type { InventoryOptions } from './commands/inventory.ts';
import type { LabArgoCdOptions } from './commands/lab-argocd.ts';
import type { LabApiOptions, LabCompactOptions } from './commands/lab.ts';
import type { NodeAddOptions, NodeListOptions } from './commands/node.ts';
import type { RenderOptions } from './commands/render.ts';
import type { ExampleOptions } from './commands/example.ts';

/** Declares every command. Their code is imported when they run, to keep the start fast. */
export function addCommands(program: Command, context: CommandContext): void {
  addInit(program, context);
  addGenerate(program, context);
  addNode(program, context);
  addInventory(program, context);
  addRender(program, context);
  addDiff(program, context);
  addReleaseCommands(program, context);
  addLab(program, context);
  addDoctor(program, context);
  addExample(program, context);
  addSchema(program, context);
  addCompletion(program, context);
}

function addInit(program: Command, { io }: CommandContext): void {
  program
    .command('init')
    .summary('make a GitOps repository')
    .description(
      'Writes a whole GitOps repository: tidegate.yaml, versions, values, Argo CD manifests and bootstrap. Asks on a terminal; takes options and defaults elsewhere.',
    )
    .argument('[dir]', 'folder to write into', '.')
    .addOption(option('--name <name>', 'name of the network, prefix of all object names'))
    .addOption(option('--git-url <url>', 'URL of the GitOps repository'))
    .addOption(option('--branch <name>', 'branch that Argo CD follows'))
    .addOption(option('--charts <url>', 'chart repository'))
    .addOption(option('--pat-group <group>', 'API group of ProjectApplicationTemplate'))
    .addOption(option('--time-zone <zone>', 'time zone of the sync windows, such as Europe/Zurich'))
    .addOption(option('--no-nodes', 'leave out the example nodes'))
    .addOption(option('-y, --yes', 'take the default for everything not given'))
    .addOption(option('--dry-run', 'only list the files'))
    .addHelpText(
      'after',
      examples(
        'tidegate init my-network --yes',
        'tidegate init . --name acme --time-zone Europe/Zurich',
      ),
    )
    .action(async (dir: string, options: InitOptions) => {
      const { runInit } = await import('./commands/init.ts');
      await runInit(io, dir, options);
    });
}

function addGenerate(program: Command, { io, setExitCode }: CommandContext): void {
  const command = program.command('generate');
  command
    .summary('write argocd/ and bootstrap/ from tidegate.yaml')
    .description(
      'Rewrites bootstrap/, the root Applications and, for environments that were never released, the rest of argocd/. Files that a release owns are compared, never written.',
    )
    .addOption(option('--check', 'write nothing; exit 1 with a diff when something drifts'))
    .addOption(option('--dry-run', 'write nothing; show what would be written'))
    .addOption(option('--force', 'overwrite generated files that have uncommitted changes'))
    .addOption(outputOption(['text', 'json'], 'text'))
    .addHelpText('after', examples('tidegate generate', 'tidegate generate --check'))
    .action(async () => {
      const { runGenerate } = await import('./commands/generate.ts');
      setExitCode(await runGenerate(io, command.optsWithGlobals<GenerateOptions>()));
    });
}

function addNode(program: Command, { io, setExitCode }: CommandContext): void {
  const node = program
    .command('node')
    .summary('add and list nodes')
    .description('Nodes are folders: envs/<env>/nodes/<node>.');
  const add = node.command('add');
  add
    .summary('add a node')
    .description('Writes the values files of a new node; nothing else changes.')
    .argument('<env>', 'environment')
    .argument('<node>', 'name of the node and its folder, such as node-delta')
    .addOption(
      option('--role <role>', 'what the node does in the ledger')
        .choices(['validator', 'observer'])
        .default('observer'),
    )
    .addOption(
      option('--peers <nodes>', 'nodes to connect to first, separated by commas')
        .argParser(parseList)
        .default([], 'none'),
    )
    .addOption(option('--dry-run', 'show the files instead of writing them'))
    .addOption(outputOption(['text', 'json'], 'text'))
    .addHelpText(
      'after',
      examples('tidegate node add qa node-delta --role observer --peers node-alpha'),
    )
    .action(async (environment: string, name: string) => {
      const { runNodeAdd } = await import('./commands/node.ts');
      await runNodeAdd(io, environment, name, add.optsWithGlobals<NodeAddOptions>());
    });
  const list = node.command('list');
  list
    .summary('list nodes')
    .description('Lists nodes with their namespaces; exit 1 when one lacks a values file.')
    .argument('[env]', 'environment; all without it')
    .addOption(outputOption(listFormats, 'table'))
    .addHelpText('after', examples('tidegate node list', 'tidegate node list prod -o json'))
    .action(async (environment: string | undefined) => {
      const { runNodeList } = await import('./commands/node.ts');
      setExitCode(await runNodeList(io, environment, list.optsWithGlobals<NodeListOptions>()));
    });
}

function addInventory(program: Command, { io }: CommandContext): void {
  const command = program.command('inventory');
  command
    .summary('count Argo CD objects')
    .description('Counts the Argo CD objects of each environment, beside the formula.')
    .argument('[env]', 'environment; all without it')
    .addOption(option('--tree', 'draw the App of Apps hierarchy'))
    .addOption(outputOption(listFormats, 'table'))
    .addHelpText('after', examples('tidegate inventory', 'tidegate inventory qa --tree'))
    .action(async (environment: string | undefined) => {
      const { runInventory } = await import('./commands/inventory.ts');
      await runInventory(io, environment, command.optsWithGlobals<InventoryOptions>());
    });
}

function addRender(program: Command, { io, setExitCode }: CommandContext): void {
  const command = program.command('render');
  withRendererOptions(command)
    .summary('render manifests as Argo CD would')
    .description(
      'Renders Applications with Helm as Argo CD would: chart version, value files, release name and namespace as the manifests say. Reads the working tree as the next release would deploy it. Chart repository credentials: TIDEGATE_CHARTS_USERNAME and TIDEGATE_CHARTS_PASSWORD, or TIDEGATE_CHARTS_TOKEN.',
    )
    .argument('<env>', 'environment')
    .argument('[node]', 'a node, or a service such as backup; everything without it')
    .argument('[component]', 'a component of that node')
    .addOption(option('--release <number>', 'read what this release pinned').argParser(parseCount))
    .addOption(option('--output-dir <folder>', 'write one file per Application'))
    .addOption(option('--no-admin', 'leave out what the admin instance renders'))
    .addOption(outputOption(['yaml', 'json'], 'yaml'))
    .addHelpText(
      'after',
      examples(
        'tidegate render qa',
        'tidegate render qa node-alpha backend',
        'tidegate render prod backup -o json',
      ),
    )
    .action(async (...args: unknown[]) => {
      const { runRender } = await import('./commands/render.ts');
      const words = args.slice(0, 3).map((arg) => (typeof arg === 'string' ? arg : undefined));
      setExitCode(await runRender(io, words, command.optsWithGlobals<RenderOptions>()));
    });
}

function addDiff(program: Command, { io, setExitCode }: CommandContext): void {
  const command = program.command('diff');
  withRendererOptions(command)
    .summary('compare what would be deployed')
    .description(
      'Renders both sides of a merge request, or a release and the next one, and shows what differs, resource by resource, without secrets. Only what has other inputs is rendered. Reads commits, never the work tree. With --live it compares a cluster with what its newest release deploys (with --head or --worktree: the next one), by dry runs that write nothing. Exit 0: nothing changes, 1: something does, 3: something cannot be rendered, or the cluster refuses it, 5: the cluster does not answer.',
    )
    .addOption(
      option('--base <revision>', 'what to compare with; where the branch began without it'),
    )
    .addOption(option('--head <revision>', 'what to compare; HEAD without it'))
    .addOption(option('--worktree', 'compare the files as they are instead of a commit'))
    .addOption(option('--env <names>', 'environments, separated by commas').argParser(parseList))
    .addOption(
      option(
        '--from <release>',
        'compare what this release deployed with the next one; a tag or number',
      ),
    )
    .addOption(
      option('--remote <name>', 'Git remote to fetch missing revisions from').default('origin'),
    )
    .addOption(option('--live', 'compare a cluster with what is to be in it; needs --env'))
    .addOption(
      option('--kubeconfig <file>', 'of the cluster; KUBECONFIG or ~/.kube/config without it'),
    )
    .addOption(option('--context <name>', 'context of the kubeconfig'))
    .addOption(option('--allow-changes', 'exit 0 when something changes'))
    .addOption(option('--split', 'side by side'))
    .addOption(option('--html <file>', 'write the whole diff as a page'))
    .addOption(option('--json <file>', 'write the whole diff as data'))
    .addOption(
      option('--post', 'write it as the note of the merge request (token: TIDEGATE_NOTES_TOKEN)'),
    )
    .addOption(outputOption(['text', 'markdown', 'json', 'html'], 'text'))
    .addHelpText(
      'after',
      examples(
        'tidegate diff',
        'tidegate diff --base origin/main --html diff.html',
        'tidegate diff --env prod --from release/prod/41',
        'tidegate diff --live --env qa --kubeconfig qa.kubeconfig',
      ),
    )
    .action(async () => {
      const { runDiff } = await import('./commands/diff.ts');
      setExitCode(await runDiff(io, command.optsWithGlobals<DiffOptions>()));
    });
}

function addLab(program: Command, { io, setExitCode }: CommandContext): void {
  const lab = program
    .command('lab')
    .summary('try things out on this machine')
    .description('What a cluster offers, in this process.');
  const command = lab.command('api');
  command
    .summary('run an empty Kubernetes API')
    .description(
      'Runs a Kubernetes API with its built-in controllers on the loopback address, until it is interrupted. The real kubectl can talk to it. The kubeconfig of the administrator is there as long as it runs. Without --kubelet there is no node, and pods stay pending.',
    )
    .addOption(
      option('--port <number>', 'port; 0 takes a free one').argParser(parsePort).default(0),
    )
    .addOption(
      option('--kubeconfig <file>', 'kubeconfig of the lab, removed at its end').default(
        undefined,
        '"kubeconfig"',
      ),
    )
    .addOption(option('--kubelet', 'run pods on one node, in name only'))
    .addOption(
      option('--state <file>', 'open the lab that was saved there, and save it at the end'),
    )
    .addOption(option('--no-auth', 'let everybody in as the administrator'))
    .addHelpText(
      'after',
      examples('tidegate lab api --kubeconfig ./kc', 'tidegate lab api compact --kubeconfig ./kc'),
    )
    .action(async () => {
      const { runLabApi } = await import('./commands/lab.ts');
      setExitCode(await runLabApi(io, command.optsWithGlobals<LabApiOptions>()));
    });
  addLabCompact(command, { io, setExitCode });
  addLabArgoCd(lab, { io, setExitCode });
}

function addLabArgoCd(lab: Command, { io, setExitCode }: CommandContext): void {
  const command = lab.command('argocd');
  withRendererOptions(command)
    .summary('run both Argo CD instances over a lab')
    .description(
      'Runs the application and the ApplicationSet controllers of the admin and the non-admin Argo CD over the Kubernetes API of a lab, until it is interrupted: Applications are compared, synced in waves, healed and pruned as Argo CD 3.5.1 does, with its status and words. Brings the definitions, namespaces and default settings that an installation brings.',
    )
    .addOption(option('--kubeconfig <file>', 'kubeconfig of the lab; "kubeconfig" without it'))
    .addOption(option('--context <name>', 'context of the kubeconfig'))
    .addOption(
      option(
        '--repo-dir <folder>',
        "GitOps repository; its commits are what Argo CD reads behind the network's Git URL",
      ).default('.'),
    )
    .addOption(option('--env <name>', 'run only the instances of this environment'))
    .addOption(
      option(
        '--polling <seconds>',
        'time between two looks at the repository; that of argocd-cm without it',
      ).argParser(parseCount),
    )
    .addOption(
      option(
        '--wave-delay <seconds>',
        'time after each wave; that of argocd-cmd-params-cm without it',
      ).argParser(parseWhole),
    )
    .addOption(
      option('--cache-lag <milliseconds>', 'how late changes show in the live state')
        .argParser(parseWhole)
        .default(100),
    )
    .addOption(
      option('--status-delay <milliseconds>', 'how late a status is written')
        .argParser(parseWhole)
        .default(0),
    )
    .addOption(option('--seed <number>', 'makes chance come again').argParser(parseWhole))
    .addOption(option('-v, --verbose', 'say why something is done, or not'))
    .addHelpText(
      'after',
      examples(
        'tidegate lab argocd --kubeconfig ./kc --repo-dir .',
        'tidegate lab argocd --env qa --polling 10 --charts-url file:///charts',
      ),
    )
    .action(async () => {
      const { runLabArgoCd } = await import('./commands/lab-argocd.ts');
      setExitCode(await runLabArgoCd(io, command.optsWithGlobals<LabArgoCdOptions>()));
    });
}

function addLabCompact(api: Command, { io, setExitCode }: CommandContext): void {
  const command = api.command('compact');
  command
    .summary('make a running lab forget its history')
    .description(
      'Makes a running lab forget its history up to now: lists and watches from older revisions are answered 410 Expired, as after a compaction of etcd.',
    )
    .addOption(
      option(
        '--kubeconfig <file>',
        'kubeconfig that the lab wrote; "kubeconfig" or that of KUBECONFIG without it',
      ),
    )
    .addHelpText('after', examples('tidegate lab api compact --kubeconfig ./kc'))
    .action(async () => {
      const { runLabCompact } = await import('./commands/lab.ts');
      setExitCode(await runLabCompact(io, command.optsWithGlobals<LabCompactOptions>()));
    });
}

function addDoctor(program: Command, { io, setExitCode }: CommandContext): void {
  const command = program.command('doctor');
  withRendererChoice(command)
    .summary('show what this machine has')
    .description(
      'Shows what this machine has of Node, Git and Helm, and which renderer is used and why; exit 1 when something is missing.',
    )
    .addOption(option('--cache-dir <folder>', 'folder for charts, rendered output and helm'))
    .addOption(outputOption(listFormats, 'table'))
    .addHelpText('after', examples('tidegate doctor', 'tidegate doctor --renderer wasm -o json'))
    .action(async () => {
      const { runDoctor } = await import('./commands/doctor.ts');
      setExitCode(await runDoctor(io, command.optsWithGlobals<DoctorOptions>()));
    });
}

function addExample(program: Command, { io, setExitCode }: CommandContext): void {
  const command = program.command('example');
  withRendererOptions(command)
    .summary('build and render the example network')
    .description(
      'Builds the example network as a real Git repository, packs the charts into an embedded Helm repository, renders every Application of every environment, and shows the hierarchy with its counts.',
    )
    .argument('[dir]', 'folder to write into', 'out/dlt-network')
    .addOption(
      option('--charts-out <folder>', 'keep the packed charts there, as a Helm repository'),
    )
    .addHelpText(
      'after',
      examples('tidegate example', 'tidegate example ../network --charts-out ../charts'),
    )
    .action(async (dir: string) => {
      const { runExample } = await import('./commands/example.ts');
      setExitCode(await runExample(io, dir, command.optsWithGlobals<ExampleOptions>()));
    });
}

function addSchema(program: Command, { io }: CommandContext): void {
  program
    .command('schema')
    .summary('print the JSON Schema of tidegate.yaml')
    .description('Prints the JSON Schema that editors check tidegate.yaml with.')
    .action(async () => {
      const { schemaFile } = await import('./commands/init.ts');
      io.stdout.write(schemaFile().content);
    });
}

function addCompletion(program: Command, { io }: CommandContext): void {
  program
    .command('completion')
    .summary('print a completion script')
    .description('Prints a script that completes commands, options and their choices.')
    .addArgument(new Argument('<shell>', 'shell').choices([...completionShells]))
    .addHelpText(
      'after',
      examples(
        'source <(tidegate completion bash)',
        'tidegate completion fish > ~/.config/fish/completions/tidegate.fish',
      ),
    )
    .action(async (shell: string) => {
      const { completionScript } = await import('./completion/script.ts');
      io.stdout.write(completionScript(program, shell));
    });
}
