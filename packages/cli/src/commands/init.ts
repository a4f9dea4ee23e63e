import {
  ConflictError,
  defaultAnswers,
  definitionFile,
  definitionJsonSchema,
  definitionText,
  exampleNodes,
  memoryTree,
  parseNetwork,
  planGenerate,
  scaffoldRepository,
  UsageError,
  type DefinitionAnswers,
  type FileContent,
} from '@tidegate/core';
import { directoryTree, writeFiles } from '@tidegate/node';
import { relative, resolve } from 'node:path';
import { canAsk, type Io } from '../io.ts';
import { formatJson } from '../output/data.ts';

export interface InitOptions {
  readonly name?: string;
  readonly gitUrl?: string;
  readonly branch?: string;
  readonly charts?: string;
  readonly patGroup?: string;
  readonly timeZone?: string;
  readonly nodes: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** `tidegate init [dir]`: writes a whole GitOps repository, or nothing. */
export async function runInit(io: Io, dir: string, options: InitOptions): Promise<void> {
  const root = resolve(io.cwd, dir);
  const given = givenAnswers(options);
  const ask = options.yes !== true && canAsk(io);
  const answers = ask ? await askAnswers(given) : { ...defaultAnswers, ...given };
  refuseBadAnswers(answers);
  const files = await repositoryFiles(answers, options.nodes);
  await refuseExisting(root, files);
  if (options.dryRun === true) {
    io.stdout.write(files.map((file) => `${file.path}\n`).join(''));
    io.stderr.write(`dry run: ${files.length} files would be written to ${root}\n`);
    return;
  }
  await writeFiles(root, files, { overwrite: false });
  const shown = relative(io.cwd, root) || '.';
  io.stdout.write(`Wrote ${files.length} files to ${shown}\n`);
  io.stderr.write(
    [
      'Next:',
      ...(shown === '.' ? [] : [`  cd ${shown}`]),
      '  git init -b main && git add . && git commit -m "Begin the GitOps repository"',
      '  tidegate inventory',
      ...(options.nodes === false ? [] : ['  tidegate render qa node-alpha backend']),
      '',
    ].join('\n'),
  );
}

/** Every file of a new repository: what people own, and what is generated from it. */
export async function repositoryFiles(
  answers: DefinitionAnswers,
  withNodes: boolean,
): Promise<FileContent[]> {
  const definition = definitionText(answers);
  const network = parseNetwork(definition);
  const owned = scaffoldRepository(network, definition, withNodes ? exampleNodes : {});
  const tree = memoryTree(new Map(owned.map((file) => [file.path, file.content])));
  const { files } = await planGenerate(tree, network);
  return [
    ...owned,
    ...files.map(({ path, content }) => ({ path, content })),
    schemaFile(),
    {
      path: '.gitignore',
      content:
        '/.tidegate/\n/.tidegate-cache/\n/rendered/\n/tidegate.env\n/manifest-diff.html\n/manifest-diff.json\n',
    },
    // Generated files are compared byte by byte, on every platform.
    { path: '.gitattributes', content: '* text eol=lf\n' },
  ];
}

/** The JSON Schema that editors check `tidegate.yaml` with. */
export function schemaFile(): FileContent {
  return { path: 'tidegate.schema.json', content: formatJson(definitionJsonSchema()) };
}

function givenAnswers(options: InitOptions): Partial<DefinitionAnswers> {
  const given = {
    name: options.name,
    gitUrl: options.gitUrl,
    branch: options.branch,
    chartRepository: options.charts,
    patGroup: options.patGroup,
    timeZone: options.timeZone,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

const questions: readonly [keyof DefinitionAnswers, string][] = [
  ['name', 'Name of the network, the prefix of all object names'],
  ['gitUrl', 'URL of this GitOps repository, as Argo CD reaches it'],
  ['branch', 'Branch that Argo CD follows'],
  ['chartRepository', 'Chart repository'],
  ['patGroup', 'API group of ProjectApplicationTemplate'],
  ['timeZone', 'Time zone of the sync windows'],
];

async function askAnswers(given: Partial<DefinitionAnswers>): Promise<DefinitionAnswers> {
  const { input } = await import('@inquirer/prompts');
  const answers: Record<keyof DefinitionAnswers, string> = { ...defaultAnswers, ...given };
  for (const [key, message] of questions) {
    if (given[key] !== undefined) continue;
    answers[key] = await input(
      {
        message,
        default: answers[key],
        validate: (value) => answerFault({ ...answers, [key]: value }) ?? true,
      },
      { output: process.stderr },
    );
  }
  return answers;
}

/** There is no file yet that a fault could have a place in: it is the options' or the answers'. */
function refuseBadAnswers(answers: DefinitionAnswers): void {
  const fault = answerFault(answers);
  if (fault === undefined) return;
  throw new UsageError(`no network can be made of these answers: ${fault}`, {
    hint: '--help shows the options',
  });
}

/** Checks an answer by reading the definition it would make. */
function answerFault(answers: DefinitionAnswers): string | undefined {
  try {
    parseNetwork(definitionText(answers));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function refuseExisting(root: string, files: readonly FileContent[]): Promise<void> {
  const tree = directoryTree(root);
  const hint = 'choose an empty folder, or run "tidegate generate" in the repository that is there';
  for (const { path } of files) {
    if ((await tree.read(path)) === undefined) continue;
    const what = path === definitionFile ? `a network definition` : `a file`;
    throw new ConflictError(`${root} has ${what} already: ${path}; nothing was written`, { hint });
  }
}
