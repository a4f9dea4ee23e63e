import { describe, expect, it } from 'vitest';
import { tidyManifest } from './tidy-manifest.ts';

describe('tidyManifest', () => {
  it.each([
    ['---\na: 1\n\n---\nb: 2\n\n\n', '---\na: 1\n---\nb: 2\n'],
    ['---\na: 1\n---\nb: 2\n', '---\na: 1\n---\nb: 2\n'],
    ['\n', '\n'],
    ['---\na: |\n  text\n\n---\nb: 2\n', '---\na: |\n  text\n---\nb: 2\n'],
    ['---\na: "x  "  \n\n', '---\na: "x  "\n'],
  ])('cuts %j to %j', (manifest, expected) => {
    expect(tidyManifest(manifest)).toBe(expected);
    expect(tidyManifest(expected)).toBe(expected);
  });

  it.each(['a: |+\n  text\n\n\n---\nb: 1\n', 'a: >2+\n    x\n\n', 'a: |+2 # why\n    x\n\n'])(
    'leaves %j alone: its blank lines are data',
    (manifest) => {
      expect(tidyManifest(manifest)).toBe(manifest);
    },
  );
});
