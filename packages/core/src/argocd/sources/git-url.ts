import { parseGoUrl } from './go-url.ts';

const sshUrl = /^(?:ssh:\/\/)?[^/:]*?@[^@]+$/;

/**
 * A repository's URL as Argo CD compares it: in lower case, without `.git` and `ssh://`, with
 * `git@host:path` read as `git@host/path`. Empty for what is no URL, so that all of these count as equal.
 *
 * See `NormalizeGitURL` in https://github.com/argoproj/argo-cd/blob/v3.5.1/util/git/git.go
 */
export function normalizeGitUrl(url: string): string {
  const trimmed = url.trim().toLowerCase();
  const parsed = parseGoUrl(withScheme(trimmed).replace(/\.git$/, ''));
  return (parsed?.text ?? '').replace(/^ssh:\/\//, '');
}

function withScheme(url: string): string {
  return sshUrl.test(url) && !url.startsWith('ssh://') ? `ssh://${url.replace(':', '/')}` : url;
}
