import { ConflictError, type GeneratedFile } from '@tidegate/core';
import { changedSinceCommit, findGitRoot, gitPath, sha256, writeAtomically } from '@tidegate/node';
import { readFile } from 'node:fs/promises';

/** Digests of what `generate` wrote last, by path. Kept inside `.git`: it is about this clone only. */
type Written = Readonly<Record<string, string>>;

const recordName = 'tidegate-generated.json';

/**
 * Refuses to overwrite or remove a generated file that somebody has edited and not committed: those
 * lines exist nowhere else. What `generate` itself wrote is not an edit.
 */
export async function refuseLosingEdits(
  root: string,
  overwritten: readonly GeneratedFile[],
  removed: readonly string[],
): Promise<void> {
  const record = await openRecord(root);
  if (record === undefined) return;
  const current = new Map(overwritten.map((file) => [file.path, file.current]));
  const changed = await changedSinceCommit(root, [...current.keys(), ...removed]);
  const edited = changed.filter((path) => {
    const text = current.get(path);
    return text === undefined || record.written[path] !== sha256(text);
  });
  const [first] = edited;
  if (first === undefined) return;
  const more = edited.length > 1 ? `; so would ${edited.length - 1} more` : '';
  throw new ConflictError(
    `uncommitted changes of this file would be overwritten${more}; nothing was written`,
    {
      hint: 'commit or undo them first (git diff shows them), or overwrite them with --force',
      position: { file: first },
    },
  );
}

/** Remembers what was written, so that a later run knows it from an edit. */
export async function rememberWritten(
  root: string,
  files: readonly GeneratedFile[],
): Promise<void> {
  const record = await openRecord(root);
  if (record === undefined || files.length === 0) return;
  const written = {
    ...record.written,
    ...Object.fromEntries(files.map(({ path, content }) => [path, sha256(content)])),
  };
  await writeAtomically(record.file, `${JSON.stringify(written, null, 1)}\n`);
}

async function openRecord(root: string): Promise<{ file: string; written: Written } | undefined> {
  if ((await findGitRoot(root)) === undefined) return undefined;
  const file = await gitPath(root, recordName);
  return { file, written: await readWritten(file) };
}

async function readWritten(file: string): Promise<Written> {
  try {
    const parsed: unknown = JSON.parse(await readFile(file, 'utf8'));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Written) : {};
  } catch {
    // Without a record every uncommitted change counts as an edit, which is the safe side.
    return {};
  }
}
