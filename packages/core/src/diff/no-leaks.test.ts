import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownedRepository } from '../../test/generated.ts';
import { base64, planted } from '../../test/planted-secrets.ts';
import { InputError } from '../errors/tidegate-error.ts';
import type { ChartRenderer } from '../ports/chart-renderer.ts';
import { memoryTree } from '../ports/file-tree.ts';
import { diffEnvironment } from './diff-environment.ts';
import { formatHtml } from './format/html.ts';
import { formatJson } from './format/json.ts';
import { formatMarkdown } from './format/markdown.ts';
import { formatTerminal } from './format/terminal.ts';
import { holdsSecrets } from './holds-secrets.ts';
import { createMasker } from './mask.ts';
import type { DiffReport } from './model.ts';
import { nextRelease, type EnvironmentSide } from './sides.ts';

const { files } = ownedRepository();
const values = 'envs/qa/nodes/node-alpha/values-backend.yaml';
const broken = 'envs/qa/nodes/node-beta/values-backend.yaml';

async function side(more: string): Promise<EnvironmentSide | undefined> {
  const changed = new Map(files);
  for (const path of [values, broken]) changed.set(path, `${files.get(path) ?? ''}\n${more}\n`);
  return nextRelease(memoryTree(changed, more), 'qa');
}

const sides = { base: await side('# one'), head: await side('# two') };

/** Renders an object with the secret in it, one that is another on each side, and an error that quotes it. */
function leakingRenderer(object: unknown): ChartRenderer {
  return {
    render: ({ releaseName, values: layers }) => {
      const shown = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a' }, spec: object };
      if (releaseName.includes('node-beta')) {
        return Promise.reject(new InputError(`cannot render ${JSON.stringify(object)}`));
      }
      const isHead = layers.some(({ content }) => content.includes('# two'));
      const documents = isHead
        ? [shown, { ...shown, metadata: { name: 'b' } }]
        : [{ ...shown, spec: { other: true, own: object } }];
      return Promise.resolve({
        manifest: documents.map((one) => `---\n${JSON.stringify(one)}\n`).join(''),
        fromCache: false,
        chartDigest: 'sha256:aa',
        helmVersion: 'v4.2.1',
      });
    },
  };
}

const plain = (text: string): string => text;
const colors = { red: plain, green: plain, cyan: plain, yellow: plain, bold: plain, dim: plain };

/** The report in every form that leaves the program: prints, notes, and the files among the artifacts. */
function everyFormat(report: DiffReport): readonly (readonly [string, string])[] {
  return [
    ['terminal', formatTerminal(report, { colors, width: 160, split: false })],
    ['side by side', formatTerminal(report, { colors, width: 400, split: true })],
    ['a whole note', formatMarkdown(report, { charactersMax: 1_000_000 })],
    ['a shortened note', formatMarkdown(report, { charactersMax: 1500 })],
    ['a page', formatHtml(report)],
    ['data', formatJson(report)],
  ];
}

describe('a diff', () => {
  it('shows no secret in any format, though it shows that something differs', async () => {
    await fc.assert(
      fc.asyncProperty(planted, async ([secret, object]) => {
        // By index, so that equal secrets have equal marks and nothing of them is in those.
        const seen: string[] = [];
        const digest = (text: string): string => {
          if (!seen.includes(text)) seen.push(text);
          return String(seen.indexOf(text)).padStart(8, '0');
        };
        const environment = await diffEnvironment('qa', sides, {
          renderer: leakingRenderer(object),
          masker: createMasker({ digest, settings: {} }),
          windowOf: () => 'always open',
        });
        expect(environment.groups.length).toBeGreaterThan(0);
        expect(environment.errors).toHaveLength(2);
        const report = { base: 'one', head: 'two', environments: [environment] };
        const forms = [
          secret,
          base64(secret),
          encodeURIComponent(secret),
          JSON.stringify(secret).slice(1, -1),
        ];
        for (const [format, text] of everyFormat(report)) {
          for (const form of forms) expect(text.includes(form), `${format}: ${form}`).toBe(false);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('is made from renders that no cache keeps', () => {
    fc.assert(
      fc.property(planted, ([, object]) => {
        const manifest = `---\n${JSON.stringify({ kind: 'Thing', metadata: { name: 'a' }, spec: object })}\n`;

        expect(holdsSecrets(manifest)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
