import type { FileContent } from '@tidegate/core';
import { git, runTool, writeFiles } from '@tidegate/node';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { removeFolder, temporaryFolder } from '../../packages/cli/test/workbench.ts';

/** A bare repository, as GitLab has one of a project, and what its jobs find on their machine. */
export interface LocalProject {
  /** Everything below it is removed at the end. */
  readonly folder: string;
  /** Path of the bare repository. */
  readonly bare: string;
  /** Environment of everything that runs: PATH with `tidegate`, an empty HOME, no settings of Git. */
  readonly env: Readonly<Record<string, string>>;
  readonly remove: () => Promise<void>;
}

/** A pipeline that GitLab would make. Which jobs it has is up to the rules, as gitlab-ci-local reads them. */
export interface LocalPipelineRequest {
  readonly source: string;
  /** The branch that it runs on; for a merge request the branch to merge. */
  readonly branch: string;
  /** Variables of the project, such as tokens, and those that the pipeline is started with. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface LocalPipeline {
  /** The checkout that jobs run in. */
  readonly clone: string;
  /** Runs one job on a fresh checkout of the pipeline's commit, with what earlier jobs left for it. */
  run(job: string): Promise<JobResult>;
  /** Runs all jobs that wait for nobody, in the order of their stages, and these manual ones. */
  runAll(manual?: readonly string[]): Promise<JobResult>;
  /** The jobs with what their rules say. */
  list(): Promise<ListedJob[]>;
}

export interface JobResult {
  readonly exitCode: number;
  /** All that was printed. */
  readonly log: string;
}

export interface ListedJob {
  readonly name: string;
  readonly when: string;
  readonly allow_failure: boolean;
}

const gitlabCiLocal = fileURLToPath(import.meta.resolve('gitlab-ci-local'));
/** Kept between jobs: gitlab-ci-local's artifacts, and what GitLab would keep as the cache. */
const kept = ['.gitlab-ci-local', '.tidegate-cache'];
/** Deep enough for one pipeline, as GitLab's own clones. */
const cloneDepth = 10;

/**
 * gitlab-ci-local copies artifacts with rsync, which not every machine has: `rsync -Ra FILES FOLDER/.`,
 * with options that leave something out.
 */
const rsyncScript = `#!/bin/sh
set -eu
while [ $# -gt 1 ]; do
  case "$1" in
    --exclude) shift ;;
    -*) ;;
    *) break ;;
  esac
  shift
done
[ $# -gt 1 ] || exit 0
for last in "$@"; do :; done
files=$(mktemp)
while [ $# -gt 1 ]; do printf '%s\\n' "$1" >>"$files"; shift; done
tar -cf - -T "$files" | tar -xf - -C "$last"
rm -f "$files"
`;

/**
 * Makes a project whose first commit on `branch` has the files. `program` is the JavaScript file that
 * jobs call as `tidegate`.
 */
export async function openProject(
  files: readonly FileContent[],
  program: URL,
  branch: string = 'main',
): Promise<LocalProject> {
  const folder = await temporaryFolder();
  const bin = join(folder, 'bin');
  const home = join(folder, 'home');
  await mkdir(join(home, '.gitlab-ci-local'), { recursive: true });
  await mkdir(bin);
  const call = [process.execPath, fileURLToPath(program)].map(quoted).join(' ');
  await writeScript(join(bin, 'tidegate'), `#!/bin/sh\nexec ${call} "$@"\n`);
  await writeScript(join(bin, 'rsync'), rsyncScript);

  const bare = join(folder, 'gitops.git');
  const env = {
    PATH: `${bin}:${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
    HOME: home,
    GIT_CONFIG_GLOBAL: join(home, '.gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
  };
  await git(folder, ['init', '--quiet', '--bare', '--initial-branch', branch, bare], { env });
  const project = {
    folder,
    bare,
    env,
    remove: () => removeFolder(folder),
  };
  await commit(project, { branch, files, message: 'First commit' });
  return project;
}

/** A commit that somebody pushes. */
export interface PushedCommit {
  readonly branch: string;
  readonly files: readonly FileContent[];
  readonly message: string;
  /** An annotated tag that is pushed with it. */
  readonly tag?: string;
}

/** Pushes a commit, as a person would from a clone. Returns its object name. */
export async function commit(project: LocalProject, pushed: PushedCommit): Promise<string> {
  const { bare, env, folder } = project;
  const { branch, files, message, tag } = pushed;
  const clone = await newFolder(folder, 'person');
  await git(folder, ['clone', '--quiet', bare, clone], { env });
  await git(clone, ['checkout', '--quiet', '-B', branch], { env });
  await writeFiles(clone, files, { overwrite: true });
  const identity = ['-c', 'user.name=Person', '-c', 'user.email=person@example.com'];
  await git(clone, ['add', '--all'], { env });
  await git(clone, [...identity, 'commit', '--quiet', '--message', message], { env });
  if (tag !== undefined) await git(clone, [...identity, 'tag', '--message', tag, tag], { env });
  await git(clone, ['push', '--quiet', '--follow-tags', 'origin', branch], { env });
  return (await git(clone, ['rev-parse', 'HEAD'], { env })).stdout.toString().trim();
}

/**
 * Starts a pipeline on the newest commit of a branch: a shallow clone without tags and with no branch
 * checked out, as a runner makes it. Jobs run as processes of this machine, whatever their image.
 */
export async function startPipeline(
  project: LocalProject,
  request: LocalPipelineRequest,
): Promise<LocalPipeline> {
  const { bare, env, folder } = project;
  const clone = await newFolder(folder, 'builds');
  const url = pathToFileURL(bare).href;
  const how = ['--depth', String(cloneDepth), '--no-tags', '--branch', request.branch];
  await git(folder, ['clone', '--quiet', ...how, url, clone], { env });
  await git(clone, ['checkout', '--quiet', '--detach'], { env });
  // What gitlab-ci-local takes the address of the project from.
  await git(clone, ['remote', 'add', 'gcl-origin', 'https://gitlab.example.com/org/gitops.git'], {
    env,
  });
  const sha = (await git(clone, ['rev-parse', 'HEAD'], { env })).stdout.toString().trim();
  await writeVariables(project, request.variables ?? {});

  const call = async (args: readonly string[]): Promise<JobResult & { stdout: string }> => {
    const all = [gitlabCiLocal, ...flags(request), ...args];
    const result = await runTool(process.execPath, { args: all, cwd: clone, env });
    const stdout = result.stdout.toString();
    return { exitCode: result.exitCode, log: `${stdout}${result.stderr}`, stdout };
  };
  const checkOut = async (): Promise<void> => {
    await git(clone, ['checkout', '--quiet', '--force', '--detach', sha], { env });
    await git(clone, ['clean', '-ffdxq', ...kept.flatMap((path) => ['-e', path])], { env });
  };
  return {
    clone,
    run: async (job) => {
      await checkOut();
      return call([job]);
    },
    runAll: async (manual = []) => {
      await checkOut();
      return call(manual.flatMap((job) => ['--manual', job]));
    },
    list: async () => JSON.parse((await call(['--list-json'])).stdout) as ListedJob[],
  };
}

/** What gitlab-ci-local is told about the pipeline. */
function flags({ source, branch }: LocalPipelineRequest): string[] {
  const isMergeRequest = source === 'merge_request_event';
  const variables = {
    CI_PIPELINE_SOURCE: source,
    CI_COMMIT_REF_NAME: branch,
    ...(isMergeRequest ? { CI_MERGE_REQUEST_IID: '7' } : { CI_COMMIT_BRANCH: branch }),
  };
  return [
    '--force-shell-executor',
    // It warns of variables that are GitLab's own.
    ...[
      '--ignore-predefined-vars',
      [
        ...Object.keys(variables),
        'GITLAB_USER_NAME',
        'GITLAB_USER_EMAIL',
        'CI_MERGE_REQUEST_DIFF_BASE_SHA',
      ].join(','),
    ],
    ...Object.entries(variables).flatMap(([name, value]) => ['--variable', `${name}=${value}`]),
    ...(isMergeRequest ? ['--unset-variable', 'CI_COMMIT_BRANCH'] : []),
  ];
}

/** Variables go by a file in HOME: arguments can be seen by everybody. */
async function writeVariables(
  { env }: LocalProject,
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  const entries = Object.entries(variables).map(([name, value]) => [
    name,
    { type: 'variable', values: { '*': value } },
  ]);
  const path = join(env['HOME'] ?? '', '.gitlab-ci-local', 'variables.yml');
  await writeFile(path, JSON.stringify({ global: Object.fromEntries(entries) as unknown }));
}

async function writeScript(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o755);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

let count = 0;

async function newFolder(parent: string, name: string): Promise<string> {
  count += 1;
  const folder = join(parent, `${name}-${count}`);
  await mkdir(folder);
  return folder;
}

/** One call of the stand-in for tidegate. */
export interface RecordedCall {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The calls that the stand-in wrote down, in order. */
export async function readCalls(record: string): Promise<RecordedCall[]> {
  const text = await readFile(record, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RecordedCall);
}
