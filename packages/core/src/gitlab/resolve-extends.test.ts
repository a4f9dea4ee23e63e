import { expect, test } from 'vitest';
import { resolveExtends } from './resolve-extends.ts';

test('maps are merged, lists and scalars replaced; later parents and the job itself win', () => {
  const config = {
    '.one': { image: 'a', variables: { A: '1', B: '1' }, rules: [{ if: '$A' }, {}] },
    '.two': { extends: '.zero', image: 'b', variables: { B: '2' } },
    '.zero': { tags: ['x'], variables: { C: '0' } },
    job: { extends: ['.one', '.two'], script: ['run'], rules: [{}], variables: { D: '4' } },
  };

  expect(resolveExtends(config, 'job')).toEqual({
    image: 'b',
    tags: ['x'],
    variables: { A: '1', B: '2', C: '0', D: '4' },
    rules: [{}],
    script: ['run'],
  });
});
