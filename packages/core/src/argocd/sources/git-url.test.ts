import { expect, test } from 'vitest';
import { normalizeGitUrl } from './git-url.ts';
import { parseGoUrl } from './go-url.ts';

test.each<[string, string]>([
  ['https://Git.example/Team/Repo.git', 'https://git.example/team/repo'],
  [' https://git.example/a ', 'https://git.example/a'],
  ['git@git.example:team/a.git', 'git@git.example/team/a'],
  ['ssh://git@git.example/team/a', 'git@git.example/team/a'],
  ['ssh://git@git.example:2222/team/a', 'git@git.example:2222/team/a'],
  ['ssh://git@git.example:team/a', ''],
  ['https://user:p%2Fw@git.example/a', 'https://user:p%2Fw@git.example/a'],
  ['https://git.example/a b', 'https://git.example/a%20b'],
  ['https://git.example/{a}/*', 'https://git.example/%7Ba%7D/%2A'],
  ['https://git.example/*', 'https://git.example/*'],
  ['https://git.example/%zz', ''],
  ['/srv/git/a.git', '/srv/git/a'],
])('the repository %s', (url, expected) => {
  expect(normalizeGitUrl(url)).toBe(expected);
});

test.each<[string, string | undefined, string?]>([
  ['a/b.yaml', '', 'a/b.yaml'],
  ['HTTPS://Host/a?b#c', 'https', 'https://Host/a?b#c'],
  ['https://h/a?', 'https', 'https://h/a?'],
  ['https://h/a#', 'https', 'https://h/a'],
  ['mailto:x@y', 'mailto', 'mailto:x@y'],
  ['file:///a', 'file', 'file:///a'],
  ['https://h/ü', 'https', 'https://h/%C3%BC'],
  ['https://[::1]:80/a', 'https', 'https://[::1]:80/a'],
  ['//h/a', '', '//h/a'],
  ['', '', ''],
  ['a:b/c', 'a', 'a:b/c'],
  ['1a:b', undefined],
  [':a', undefined],
  ['https://h:x/', undefined],
  ['https://h:1:2/', undefined],
  ['https://a b/', undefined],
  ['https://[x]/', undefined],
  ['https://"@h/', undefined],
  ['a\tb', undefined],
])('the URL %s', (url, scheme, text) => {
  expect(parseGoUrl(url)).toEqual(scheme === undefined ? undefined : { scheme, text });
});
