import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChartRenderer, RenderRequest } from '../ports/chart-renderer.ts';
import { parseYaml } from '../yaml/parse-yaml.ts';
import { checkedValues } from './checked-values.ts';

function request(...contents: string[]): RenderRequest {
  return {
    chart: { repository: 'r', name: 'c', version: '1.0.0' },
    releaseName: 'r',
    namespace: 'n',
    values: contents.map((content, index) => ({ path: `layer${index}.yaml`, content })),
    parameters: [],
    kubeVersion: '1.36.1',
    apiVersions: [],
  };
}

function recorder(): { renderer: ChartRenderer; requests: RenderRequest[] } {
  const requests: RenderRequest[] = [];
  const render = (given: RenderRequest): ReturnType<ChartRenderer['render']> => {
    requests.push(given);
    return Promise.resolve({
      manifest: 'm',
      fromCache: false,
      chartDigest: 'sha256:0',
      helmVersion: 'v4.1.4',
    });
  };
  return { renderer: { render }, requests };
}

/** Mappings in one another. */
function nested(levels: number): string {
  return Array.from({ length: levels }, (_, level) => `${' '.repeat(level + 1)}k:\n`).join('');
}

describe('checkedValues', () => {
  it.each(['', '# c\n', '~\n', '{}\n', 'a: 1\n', '---\na: 1\n'])(
    'passes on %j',
    async (content) => {
      const { renderer, requests } = recorder();
      const given = request(content);
      await expect(checkedValues(renderer).render(given)).resolves.toMatchObject({ manifest: 'm' });
      expect(requests).toStrictEqual([given]);
    },
  );

  it.each([
    ['a: 1\na: 2\n', 'duplicate key; expected every key once', 2],
    ['a: [\n', 'not valid YAML', 2],
    ['\n- a\n', 'expected a mapping of values', 2],
    ['text\n', 'expected a mapping of values', 1],
    ['a: *x\n', 'alias "*x" refers to no anchor', 1],
    ['a: 1\n---\nb: 1\n', 'expected one YAML document, found several', 3],
    [`a: ${'['.repeat(101)}${']'.repeat(101)}\n`, 'nested more than 100 levels deep', 1],
    [`a:\n${nested(100)}`, 'nested more than 100 levels deep', 101],
  ])('refuses %j before rendering', async (content, message, line) => {
    const { renderer, requests } = recorder();
    const error: unknown = await checkedValues(renderer)
      .render(request('a: 1\n', content))
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      message: expect.stringContaining(message) as string,
      position: { file: 'layer1.yaml', line },
    });
    expect(requests).toStrictEqual([]);
  });

  it('refuses what a reader refuses that knows where things stand, and nothing else', async () => {
    const parts = ['a', 'b', ': ', ':', '\n', '\n  ', '- ', '"', "'", '#', ' #', '{', '}', '[', ']']
      .concat([
        ',',
        '|',
        '>',
        '? ',
        '!x ',
        '%',
        '@',
        '\t',
        '~',
        '1',
        '---\n',
        '...\n',
        '<<: ',
        '\\',
      ])
      .concat(['&x ', '*x', 'key: 1\n', 'key: [a, b]\n', '=', '|2\n', '\u0001', '\u00e9']);
    const text = fc.array(fc.constantFrom(...parts), { maxLength: 14 });
    await fc.assert(
      fc.asyncProperty(text, async (pieces) => {
        const content = `k: 1\n${pieces.join('')}`;
        const outcome = (run: Promise<unknown>): Promise<string> =>
          run.then(
            () => 'fine',
            (error: unknown) => String(error),
          );
        const thorough = (): unknown => {
          const { value } = parseYaml(content, 'layer0.yaml');
          return value;
        };
        expect(await outcome(checkedValues(recorder().renderer).render(request(content)))).toBe(
          await outcome(Promise.resolve().then(thorough)),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses a file again, and checks it again when it changes', async () => {
    const checked = checkedValues(recorder().renderer);
    await expect(checked.render(request('- a\n'))).rejects.toThrow('mapping');
    await expect(checked.render(request('- a\n'))).rejects.toThrow('mapping');
    await expect(checked.render(request('a: 1\n'))).resolves.toBeDefined();
    await expect(checked.render(request('- a\n'))).rejects.toThrow('mapping');
  });
});
