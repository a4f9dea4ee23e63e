import { describe, expect, it } from 'vitest';
import type { ChartRenderer, RenderRequest } from '../ports/chart-renderer.ts';
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

  it('refuses a file again, and checks it again when it changes', async () => {
    const checked = checkedValues(recorder().renderer);
    await expect(checked.render(request('- a\n'))).rejects.toThrow('mapping');
    await expect(checked.render(request('- a\n'))).rejects.toThrow('mapping');
    await expect(checked.render(request('a: 1\n'))).resolves.toBeDefined();
    await expect(checked.render(request('- a\n'))).rejects.toThrow('mapping');
  });
});
