import {
  changedFiles,
  frozenHint,
  listNodes,
  missingNodeFiles,
  planGenerate,
  type GeneratedFile,
  type GeneratePlan,
  type FileTree,
  type Network,
} from '@tidegate/core';
import { removeFiles, writeFiles } from '@tidegate/node';
import type { Io } from '../io.ts';
import { colorsFor } from '../output/colors.ts';
import { formatJson } from '../output/data.ts';
import { counted } from '../output/counted.ts';
import { patchOf } from '../output/patch.ts';
import { refuseLosingEdits, rememberWritten } from '../overwrite-guard.ts';
import { openWorkspace, type DirectoryOptions } from '../workspace.ts';
import { schemaFile } from './init.ts';

export interface GenerateOptions extends DirectoryOptions {
  readonly check?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly output: string;
}

/** `tidegate generate [--check]`. Returns the exit code: 1 when `--check` finds drift. */
export async function runGenerate(io: Io, options: GenerateOptions): Promise<number> {
  const { root, tree, network, history } = await openWorkspace(io, options);
  const nodeLists = options.check === true ? 'as written' : 'as the folders';
  const planned = await planGenerate(tree, network, history, nodeLists);
  const schema = schemaFile();
  const withSchema: GeneratePlan = {
    ...planned,
    files: [...planned.files, { ...schema, current: await tree.read(schema.path), frozen: false }],
  };
  if (options.check === true) {
    return reportDrift(io, withSchema, await missingLayers(tree, network), options);
  }
  return writePlan(io, root, withSchema, options);
}

async function writePlan(
  io: Io,
  root: string,
  plan: GeneratePlan,
  options: GenerateOptions,
): Promise<number> {
  const changed = changedFiles(plan);
  const writable = changed.filter((file) => !file.frozen);
  const frozen = changed.filter((file) => file.frozen);
  if (options.dryRun !== true) {
    if (options.force !== true) {
      const overwritten = writable.filter((file) => file.current !== undefined);
      await refuseLosingEdits(root, overwritten, plan.obsolete);
    }
    await writeFiles(root, writable, { overwrite: true });
    await removeFiles(root, plan.obsolete);
    await rememberWritten(root, writable);
  }
  if (options.output === 'json') {
    io.stdout.write(
      formatJson({
        written: writable.map((file) => file.path),
        removed: plan.obsolete,
        frozen: frozen.map((file) => file.path),
        foreign: plan.foreign,
        dryRun: options.dryRun === true,
      }),
    );
    return 0;
  }
  if (options.dryRun === true)
    io.stdout.write(writable.map((f) => patchOf(f, colorsFor(io.stdout, io))).join(''));
  else io.stdout.write(writable.map((file) => `wrote ${file.path}\n`).join(''));
  const verb = options.dryRun === true ? 'would remove' : 'removed';
  io.stdout.write(plan.obsolete.map((path) => `${verb} ${path}\n`).join(''));
  warnAbout(io, plan, frozen);
  const rest = plan.files.length - changed.length;
  io.stderr.write(
    `${counted(writable.length, 'file')} ${options.dryRun === true ? 'to write' : 'written'}, ${rest} up to date\n`,
  );
  return 0;
}

function warnAbout(io: Io, plan: GeneratePlan, frozen: readonly GeneratedFile[]): void {
  for (const path of plan.foreign) {
    io.stderr.write(`warning: ${path} is not generated, but the root Application applies it\n`);
  }
  for (const file of frozen) {
    io.stderr.write(
      `warning: ${file.path} differs from its release; ${frozenHint(environmentOf(file.path))}\n`,
    );
  }
}

/** Values files that nodes lack: Argo CD renders nothing for such a node. */
async function missingLayers(tree: FileTree, network: Network): Promise<string[]> {
  const missing: string[] = [];
  for (const environment of network.environments) {
    for (const node of await listNodes(tree, network, environment)) {
      missing.push(...(await missingNodeFiles(tree, network, environment, node)));
    }
  }
  return missing;
}

function reportDrift(
  io: Io,
  plan: GeneratePlan,
  missing: readonly string[],
  options: GenerateOptions,
): number {
  const changed = changedFiles(plan);
  const faults = changed.length + plan.obsolete.length + plan.foreign.length + missing.length;
  if (options.output === 'json') {
    io.stdout.write(
      formatJson({
        changed: changed.map((file) => ({
          path: file.path,
          missing: file.current === undefined,
          frozen: file.frozen,
        })),
        obsolete: plan.obsolete,
        foreign: plan.foreign,
        missing,
      }),
    );
    return faults > 0 ? 1 : 0;
  }
  const colors = colorsFor(io.stdout, io);
  io.stdout.write(changed.map((file) => patchOf(file, colors)).join(''));
  io.stdout.write(plan.obsolete.map((path) => `obsolete: ${path}\n`).join(''));
  io.stdout.write(plan.foreign.map((path) => `not generated: ${path}\n`).join(''));
  io.stdout.write(missing.map((path) => `missing: ${path}\n`).join(''));
  io.stderr.write(driftSummary(plan, changed));
  if (missing.length > 0) {
    io.stderr.write(
      `${counted(missing.length, 'values file')} missing; nodes without them are not deployed\n`,
    );
  }
  return faults > 0 ? 1 : 0;
}

function driftSummary(plan: GeneratePlan, changed: readonly GeneratedFile[]): string {
  const drifting = changed.length + plan.obsolete.length;
  const lines = [
    drifting > 0
      ? `${drifting} of ${counted(plan.files.length, 'generated file')} drift; ${driftHint(changed)}`
      : `${counted(plan.files.length, 'generated file')} agree with the definition`,
    ...(plan.foreign.length > 0
      ? [
          `${counted(plan.foreign.length, 'file')} in argocd/ would be deployed by a root without being generated; move or remove`,
        ]
      : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function driftHint(changed: readonly GeneratedFile[]): string {
  const released = new Set(
    changed.filter((file) => file.frozen).map((file) => environmentOf(file.path)),
  );
  const isFree = changed.length === 0 || changed.some((file) => !file.frozen);
  return [
    ...(isFree ? ['run "tidegate generate" and commit'] : []),
    ...[...released].map(frozenHint),
  ].join('; ');
}

/** Environment of a file in `argocd/<env>/` or `bootstrap/<env>/`. */
function environmentOf(path: string): string {
  return path.split('/')[1] ?? '';
}
