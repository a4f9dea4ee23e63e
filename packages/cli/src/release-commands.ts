import { Option, type Command } from 'commander';
import {
  examples,
  listFormats,
  withRendererOptions,
  type CommandContext,
} from './command-parts.ts';
import { option, outputOption, parseCount } from './options.ts';
import type { PromoteOptions, ReleaseOptions, RollbackOptions } from './commands/release.ts';
import type { ReleasesOptions } from './commands/releases.ts';
import type { VersionsSetOptions } from './commands/versions.ts';

/** Declares the commands about releases. */
export function addReleaseCommands(program: Command, context: CommandContext): void {
  addVersions(program, context);
  addRelease(program, context);
  addPromote(program, context);
  addRollback(program, context);
  addReleases(program, context);
}

/** Adds the options of every command that looks at the remote. */
function withCloneOptions(command: Command): Command {
  return command
    .addOption(option('--remote <name>', 'Git remote to fetch from and push to').default('origin'))
    .addOption(option('--branch <name>', "branch, instead of the definition's"))
    .addOption(option('--no-fetch', 'look at this clone only, not at the remote'));
}

/** Adds the options of every command that pushes. */
function withPushOptions(command: Command): Command {
  return withCloneOptions(command)
    .addOption(option('--push', 'push; the default in CI'))
    .addOption(option('--no-push', 'keep the result in this clone'))
    .addOption(option('-y, --yes', 'push without asking'))
    .addOption(option('--dry-run', 'show the plan as a diff; write nothing'));
}

/** Adds the options of every command that cuts a release. */
function withReleaseOptions(command: Command): Command {
  return withRendererOptions(withPushOptions(command))
    .addOption(
      option('--dotenv <file>', 'write the tag there, as TIDEGATE_TAG_<ENV>, for later jobs'),
    )
    .addOption(option('--diff', 'print what would change in the cluster; the default in CI'))
    .addOption(option('--no-diff', 'do not render and compare'))
    .addOption(outputOption(['text', 'json'], 'text'));
}

const pushDescription =
  'The commit is made without touching the branch, index or files of this clone, and is pushed atomically with its tag, never by force. The token comes from TIDEGATE_GIT_TOKEN (user: TIDEGATE_GIT_USERNAME, oauth2 without it), else from what Git knows.';

function addVersions(program: Command, { io, setExitCode }: CommandContext): void {
  const versions = program
    .command('versions')
    .summary('hand versions over from builds')
    .description('Versions of an environment: versions/<env>.yaml.');
  const command = versions.command('set');
  withPushOptions(command)
    .summary('write chart versions and image tags')
    .description(
      `Writes versions of an environment that builds write to, and nothing else; its next release deploys them. Without arguments they are read from TIDEGATE_VERSIONS. Without a push it edits the file in the work tree. ${pushDescription}`,
    )
    .argument('[versions...]', 'such as backend.chartVersion=3.2.0 backend.imageTag=v2.2.0')
    .addOption(option('--env <name>', 'environment'))
    .addOption(option('--skip-ci', 'mark the commit so that it starts no pipeline'))
    .addOption(outputOption(['text', 'json'], 'text'))
    .addHelpText(
      'after',
      examples(
        'tidegate versions set --env qa backend.chartVersion=3.2.0 backend.imageTag=v2.2.0 --push',
      ),
    )
    .action(async (words: string[]) => {
      const { runVersionsSet } = await import('./commands/versions.ts');
      setExitCode(await runVersionsSet(io, words, command.optsWithGlobals<VersionsSetOptions>()));
    });
}

function addRelease(program: Command, { io, setExitCode }: CommandContext): void {
  const command = program.command('release');
  withReleaseOptions(command)
    .summary("cut a release of today's values and nodes")
    .description(
      `Cuts a release of an environment: its values and nodes as they are, and its versions; where versions are promoted, those of its newest release. Nothing is cut when nothing would change. ${pushDescription}`,
    )
    .argument('<env>', 'environment')
    .addHelpText('after', examples('tidegate release qa --push', 'tidegate release prod --dry-run'))
    .action(async (environment: string) => {
      const { runRelease } = await import('./commands/release.ts');
      setExitCode(await runRelease(io, environment, command.optsWithGlobals<ReleaseOptions>()));
    });
}

function addPromote(program: Command, { io, setExitCode }: CommandContext): void {
  const command = program.command('promote');
  withReleaseOptions(command)
    .summary('promote the versions of a release')
    .description(
      `Cuts a release with the versions of a release of the environment before it: the newest, or the one that is picked. Values and nodes are those of the environment itself, as they are. ${pushDescription}`,
    )
    .argument('<source>', 'environment whose release is promoted')
    .argument('<env>', 'environment to promote into')
    .addOption(
      option('--release <release>', "number or tag of the source's release; the newest without it"),
    )
    .addOption(option('--allow-downgrade', 'let versions go down'))
    .addOption(new Option('--component <name>').hideHelp())
    .addOption(new Option('--node <name>').hideHelp())
    .addHelpText(
      'after',
      examples('tidegate promote qa preprod', 'tidegate promote preprod prod --release 41 --push'),
    )
    .action(async (source: string, environment: string) => {
      const { runPromote } = await import('./commands/release.ts');
      const options = command.optsWithGlobals<PromoteOptions>();
      setExitCode(await runPromote(io, source, environment, options));
    });
}

function addRollback(program: Command, { io, setExitCode }: CommandContext): void {
  const command = program.command('rollback');
  withReleaseOptions(command)
    .summary('release what an earlier release deployed')
    .description(
      `Cuts a new release with the versions and the values of an earlier one. The nodes must be the same; data is not restored. ${pushDescription}`,
    )
    .argument('<env>', 'environment')
    .addOption(option('--to <number>', 'number of the earlier release').argParser(parseCount))
    .addHelpText('after', examples('tidegate rollback prod --to 41 --push'))
    .action(async (environment: string) => {
      const { runRollback } = await import('./commands/release.ts');
      setExitCode(await runRollback(io, environment, command.optsWithGlobals<RollbackOptions>()));
    });
}

function addReleases(program: Command, { io }: CommandContext): void {
  const command = program.command('releases');
  withCloneOptions(command)
    .summary('show what each release changed')
    .description(
      'Lists the releases of an environment, the newest first: what each changed, from where, by whom and when, and what is ahead in the environment before it.',
    )
    .argument('<env>', 'environment')
    .addOption(option('--limit <number>', 'how many releases').argParser(parseCount).default(20))
    .addOption(outputOption(listFormats, 'table'))
    .addHelpText('after', examples('tidegate releases prod', 'tidegate releases prod -o json'))
    .action(async (environment: string) => {
      const { runReleases } = await import('./commands/releases.ts');
      await runReleases(io, environment, command.optsWithGlobals<ReleasesOptions>());
    });
}
