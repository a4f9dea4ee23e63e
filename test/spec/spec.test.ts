import { valueAt } from '@tidegate/core';
import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  parseAdditions,
  parseDeviations,
  readDeviationsDocument,
  type ListedDifference,
} from './deviations.ts';
import { readOurRepository, type OurRepository } from './our-objects.ts';
import {
  additionsTo,
  checkPart,
  contentDigest,
  treatments,
  type SpecDifference,
} from './spec-blocks.ts';
import { readFences, readSpec, specParts, splitFence, yamlFences } from './spec-text.ts';
import { checkVariants } from './variants.ts';

const spec = readSpec();
const specLines = spec.split('\n');
const parts = specParts(spec);
const document = readDeviationsDocument();
const deviations = parseDeviations(document);
const listed = deviations.flatMap((deviation) => deviation.differences);
const manualEnvironments = ['preprod', 'prod'];

let ours: OurRepository;
beforeAll(async () => {
  ours = await readOurRepository();
});

interface Place {
  readonly object: string;
  readonly field: string;
  readonly ours: unknown;
}

function describePlace({ object, field, ours: value }: Place): string {
  return `${object}: ${field} = ${JSON.stringify(value) ?? 'nothing'}`;
}

function isPlace(row: ListedDifference, place: Place): boolean {
  return row.object === place.object && row.field === place.field;
}

/** What is wrong with a difference, or nothing when it is listed as it is. */
function fault(place: Place & { specLine?: number }): string | undefined {
  const rows = listed.filter((row) => isPlace(row, place));
  const [row] = rows;
  if (row === undefined) return `not listed: ${describePlace(place)}`;
  if (rows.length > 1) return `listed twice: ${describePlace(place)}`;
  if (!isDeepStrictEqual(row.ours, place.ours)) {
    return `listed with another value (line ${row.listedAt}): ${describePlace(place)}`;
  }
  return place.specLine === undefined || row.specLine === place.specLine
    ? undefined
    : `listed with line ${row.specLine} of the spec, is ${place.specLine}: ${describePlace(place)}`;
}

describe('the YAML blocks of docs/spec.md', () => {
  it('are found: fences have a language that is known, and begin and end', () => {
    const languages = new Set(readFences(spec).map((fence) => fence.language));

    expect([...languages].sort()).toEqual(['', 'bash', 'yaml']);
    expect(specLines.filter((line) => line.trimStart().startsWith('```'))).toHaveLength(
      readFences(spec).length * 2,
    );
  });

  it('are split without losing a line', () => {
    for (const fence of yamlFences(spec)) {
      const split = splitFence(fence);
      expect(split.map((part) => part.text).join('\n')).toBe(fence.text);
      expect([split[0]?.from, split.at(-1)?.to]).toEqual([fence.from, fence.to]);
    }
    for (const part of parts) {
      expect(specLines.slice(part.from - 1, part.to).join('\n')).toBe(part.text);
    }
  });

  it('are all accounted for, and nothing else is', () => {
    const titles = parts.map((part) => part.title);

    expect([...new Set(titles)]).toEqual(Object.keys(treatments));
  });

  it('excuses blocks by content, with a reason', () => {
    for (const part of parts) {
      const treatment = treatments[part.title];
      if (treatment?.kind !== 'not generated here') continue;
      expect(contentDigest(part)).toBe(treatment.sha256);
      expect(treatment.reason).toMatch(/\(section 1[23]\)\.$/);
      expect(document).toMatch(new RegExp(`${part.from - 1} to ${part.to + 1}\\b`));
    }
  });
});

describe('what we make contains what the spec says, or the difference is listed', () => {
  it.each(parts.map((part) => [part.from, part.title, part] as const))(
    'line %i: %s',
    async (_line, title, part) => {
      const treatment = treatments[title];
      if (treatment === undefined) throw new Error(`no test handles the block "${title}"`);

      const differences = await checkPart(part, treatment, ours);

      expect(differences.map(fault).filter((text) => text !== undefined)).toEqual([]);
    },
  );
});

describe('manual environments are QA without automated syncs, or the difference is listed', () => {
  it.each(manualEnvironments)('%s', (environment) => {
    const differences = checkVariants(ours, environment);

    expect(differences.map(fault).filter((text) => text !== undefined)).toEqual([]);
  });

  it.each(manualEnvironments)('nothing is automated in %s', (environment) => {
    const names = [...ours.objects.keys()].filter((n) => n.startsWith(`argocd/${environment}/`));

    expect(names).toHaveLength(7);
    for (const name of names) {
      const object = ours.objects.get(name);
      expect(valueAt(object, ['spec', 'syncPolicy', 'automated'])).toBeUndefined();
      expect(
        valueAt(object, ['spec', 'template', 'spec', 'syncPolicy', 'automated']),
      ).toBeUndefined();
    }
  });
});

describe('docs/deviations.md', () => {
  it('gives every deviation an id of its own, both paragraphs and at least one place', () => {
    const ids = deviations.map((deviation) => deviation.id);

    expect(new Set(ids).size).toBe(ids.length);
    expect(document.match(/^### /gm)).toHaveLength(ids.length);
    for (const deviation of deviations) {
      expect(deviation.text, deviation.id).toContain('**On a real Argo CD:**');
      expect(deviation.text, deviation.id).toContain('**Instead:**');
      expect(deviation.differences.length, deviation.id).toBeGreaterThan(0);
    }
  });

  it('quotes the spec where it says so', () => {
    const wrong = listed.filter(
      (row) => row.quote.length < 7 || !specLines[row.specLine - 1]?.includes(row.quote),
    );

    expect(wrong.map((row) => `line ${row.listedAt}: ${row.quote}`)).toEqual([]);
  });

  it('lists no difference that does not occur', async () => {
    const found: Place[] = manualEnvironments.flatMap((environment) =>
      checkVariants(ours, environment),
    );
    for (const part of parts) found.push(...(await differencesOf(part.title)));

    const stale = listed.filter((row) => !found.some((place) => isPlace(row, place)));

    expect(stale.map(describePlace)).toEqual([]);
  });

  it('lists exactly the fields that argocd/qa adds', () => {
    const manifests = parts.flatMap((part) => {
      const object = /^# (argocd\/qa\/\S+\.yaml)$/.exec(part.title)?.[1];
      return object === undefined ? [] : additionsTo(part, object, ours);
    });

    expect(parseAdditions(document).map(describePlace).sort()).toEqual(
      manifests.map(describePlace).sort(),
    );
  });
});

async function differencesOf(title: string): Promise<SpecDifference[]> {
  const part = parts.find((candidate) => candidate.title === title);
  const treatment = treatments[title];
  return part === undefined || treatment === undefined ? [] : checkPart(part, treatment, ours);
}
