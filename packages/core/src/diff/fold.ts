import { diffLines } from './diff-lines.ts';
import type { ComparedResource } from './compare-manifests.ts';
import type { ChangeGroup, FieldChange, Risk } from './model.ts';

/** The changes of one Application. */
export interface ApplicationChange {
  readonly application: string;
  readonly component: string;
  readonly source: ChangeGroup['source'];
  readonly wave: number | undefined;
  readonly node: string | undefined;
  /** Other spellings of the node in names, such as its identity in the ledger. */
  readonly aliases: readonly string[];
  readonly resources: readonly ComparedResource[];
}

/** Puts Applications that change in the same way together. Only the first one's objects are kept. */
export class Folder {
  private readonly groups = new Map<
    string,
    { first: ApplicationChange; all: [string, string][] }
  >();

  add(change: ApplicationChange): void {
    if (change.resources.length === 0) return;
    const key = keyOf(change);
    const group = this.groups.get(key);
    const member: [string, string] = [change.node ?? '', change.application];
    if (group === undefined) this.groups.set(key, { first: change, all: [member] });
    else group.all.push(member);
  }

  /** Groups, the most risky first, then by wave and component. */
  list(): ChangeGroup[] {
    return [...this.groups.values()]
      .map(({ first, all }): ChangeGroup => {
        const members = [...all].sort(([a], [b]) => (a < b ? -1 : 1));
        return {
          component: first.component,
          source: first.source,
          wave: first.wave,
          nodes: members.map(([node]) => node).filter((node) => node !== ''),
          applications: members.map(([, application]) => application),
          resources: first.resources.map(({ before, after, ...resource }) => ({
            ...resource,
            lines: diffLines(before, after),
          })),
        };
      })
      .sort(byRisk);
  }
}

/** A change without the node that it is on: the same on all nodes that change in one way. */
function keyOf(change: ApplicationChange): string {
  const said = change.resources.map(({ change: kind, resource, fields, before, after }) => [
    kind,
    resource,
    fields.length > 0 ? fields.map(essence) : [before, after],
  ]);
  const text = JSON.stringify([change.component, change.source, said]);
  if (change.node === undefined) return text;
  const names = [change.node, ...change.aliases].filter((name) => name.length > 2);
  return names.reduce((key, name) => key.replaceAll(name, '\u0000'), text);
}

/**
 * What a change says that is the same on all nodes: of a text its changed lines, of a checksum that it
 * is another one.
 */
function essence({ path, before, after }: FieldChange): unknown {
  if (typeof before !== 'string' || typeof after !== 'string') return [path, before, after];
  if (/checksum|hash|digest/i.test(path.at(-1) ?? '') && [before, after].every(isDigest)) {
    return [path, 'another digest'];
  }
  if (!before.includes('\n') && !after.includes('\n')) return [path, before, after];
  const [from, to] = [before.split('\n'), after.split('\n')];
  const [old, present] = [new Set(from), new Set(to)];
  return [path, from.filter((line) => !present.has(line)), to.filter((line) => !old.has(line))];
}

function isDigest(text: string): boolean {
  return /^(?:sha\d+:)?[0-9a-f]{16,}$/i.test(text);
}

const levels: readonly Risk['level'][] = ['high', 'medium', 'low'];

function byRisk(a: ChangeGroup, b: ChangeGroup): number {
  return (
    riskOf(a) - riskOf(b) ||
    (a.wave ?? Number.MAX_SAFE_INTEGER) - (b.wave ?? Number.MAX_SAFE_INTEGER) ||
    (a.component < b.component ? -1 : a.component > b.component ? 1 : 0)
  );
}

function riskOf({ resources }: ChangeGroup): number {
  const found = resources.flatMap(({ risks }) => risks.map(({ level }) => levels.indexOf(level)));
  return found.length === 0 ? levels.length : Math.min(...found);
}
