import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseImageReference } from './image-reference.ts';

const hex = '0123456789abcdef'.repeat(4);

describe('parseImageReference', () => {
  it.each([
    [
      'artifactory.example.com/dlt/backend:v2.1.0',
      'artifactory.example.com',
      'dlt/backend',
      'v2.1.0',
    ],
    ['nginx', 'docker.io', 'library/nginx', undefined],
    ['nginx:1.27', 'docker.io', 'library/nginx', '1.27'],
    ['docker.io/nginx:1.27', 'docker.io', 'library/nginx', '1.27'],
    ['index.docker.io/library/nginx:1.27', 'docker.io', 'library/nginx', '1.27'],
    ['bitnami/postgresql:16', 'docker.io', 'bitnami/postgresql', '16'],
    ['localhost/x:1', 'localhost', 'x', '1'],
    ['host:5000/x/y:tag', 'host:5000', 'x/y', 'tag'],
    ['host:5000/x', 'host:5000', 'x', undefined],
    ['127.0.0.1:5000/x:_T-1.x', '127.0.0.1:5000', 'x', '_T-1.x'],
    ['[::1]:5000/x/y:tag', '[::1]:5000', 'x/y', 'tag'],
    ['Registry.Example.com/x:1', 'registry.example.com', 'x', '1'],
    ['a.example/b/c/d/e_f/g__h/i---j/k.l:1', 'a.example', 'b/c/d/e_f/g__h/i---j/k.l', '1'],
    [`a.example/b:${'t'.repeat(128)}`, 'a.example', 'b', 't'.repeat(128)],
  ])('reads %s', (text, host, repository, tag) => {
    expect(parseImageReference(text)).toStrictEqual({ host, repository, tag, digest: undefined });
  });

  it.each([
    [`nginx@sha256:${hex}`, undefined, `sha256:${hex}`],
    [`nginx:1.27@sha256:${hex}`, '1.27', `sha256:${hex}`],
    [`nginx@sha512:${hex}${hex}`, undefined, `sha512:${hex}${hex}`],
  ])('reads the digest of %s', (text, tag, digest) => {
    expect(parseImageReference(text)).toStrictEqual({
      host: 'docker.io',
      repository: 'library/nginx',
      tag,
      digest,
    });
  });

  it.each([
    '',
    ' ',
    ':',
    '/',
    '@',
    ':tag',
    'nginx:',
    'nginx:1 27',
    'nginx: 1.27',
    ' nginx:1.27',
    'nginx:1.27\n',
    'nginx:-x',
    `nginx:${'t'.repeat(129)}`,
    'nginx:a:b',
    'Nginx:1.27',
    'nginx:1.27+b',
    'a//b:1',
    '/a:1',
    'a.example/:1',
    'a.example//x:1',
    'a.example/x/:1',
    'a.example/X:1',
    'a.example/-x:1',
    'a.example/x..y:1',
    'a.example/x___y:1',
    'a.example/../x:1',
    '-a.example/x:1',
    'a..example/x:1',
    'a.example:/x:1',
    'a.example:0/x:1',
    'a.example:65536/x:1',
    'a.example:123456/x:1',
    '::1/x:1',
    'https://a.example/x:1',
    'robot:pa55-word@a.example/x:1',
    'nginx@',
    'nginx@sha256:',
    `nginx@sha256:${hex}0`,
    `nginx@sha256:${hex.toUpperCase()}`,
    'nginx@md5:0123',
    `nginx@sha256:${hex}@sha256:${hex}`,
    'näginx:1',
    'a.example/%2e%2e/x:1',
    'a.example/x?y=z:1',
    `a.example/${'x/'.repeat(200)}y:1`,
    'x'.repeat(256),
    'a-'.repeat(100_000),
  ])('refuses %j', (text) => {
    expect(parseImageReference(text)).toBeUndefined();
  });

  it('never throws, and what it accepts makes a URL without surprises', () => {
    const parts = [
      'a',
      'B',
      '.',
      ':',
      '/',
      '@',
      '-',
      '_',
      '5',
      '[',
      ']',
      `sha256:${hex}`,
      '?',
      '#',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 12 }), (chosen) => {
        const image = parseImageReference(chosen.join(''));
        if (image === undefined) return;
        const path = `/v2/${image.repository}/manifests/${image.digest ?? image.tag ?? 'latest'}`;
        expect(image.repository).toMatch(/^[a-z0-9]/);
        if (image.host.startsWith('[') || /\.\d+(:|$)/.test(image.host)) return;
        expect(new URL(`https://example.com${path}`).pathname).toBe(path);
      }),
    );
  });
});
