import { matchPath } from '@tidegate/core/argocd/globs';

interface Rule {
  readonly isNegative: boolean;
  readonly isFolder: boolean;
  matches(path: string): boolean;
}

/**
 * Which files of a chart's folder Helm leaves out, by the text of its `.helmignore`: a pattern a line, `#`
 * begins a comment, `!` turns a pattern around, a slash at its end stands for folders alone; a pattern with
 * another slash is matched with the whole path, else with the name.
 *
 * See https://pkg.go.dev/helm.sh/helm/v4/internal/ignore.
 */
export function helmIgnore(text: string): (path: string) => boolean {
  const rules = text.split(/\r?\n/).flatMap(parseRule);
  // Helm adds a rule of its own.
  rules.push(...parseRule('templates/.?*'));
  return (path) => {
    const parts = path.split('/');
    return parts.some((_, index) => {
      const isFile = index === parts.length - 1;
      return isRefused(rules, parts.slice(0, index + 1).join('/'), isFile);
    });
  };
}

function isRefused(rules: readonly Rule[], path: string, isFile: boolean): boolean {
  for (const rule of rules) {
    if (rule.isNegative) {
      if (rule.isFolder && isFile) return true;
      if (!rule.matches(path)) return true;
    } else if (!(rule.isFolder && isFile) && rule.matches(path)) {
      return true;
    }
  }
  return false;
}

function parseRule(line: string): Rule[] {
  const text = line.trim();
  if (text === '' || text.startsWith('#') || text.includes('**')) return [];
  const isNegative = text.startsWith('!');
  const pattern = isNegative ? text.slice(1) : text;
  const isFolder = pattern.endsWith('/');
  const plain = isFolder ? pattern.slice(0, -1) : pattern;
  const matches = (value: string): boolean => matchPath(plain.replace(/^\//, ''), value) === true;
  return [
    {
      isNegative,
      isFolder,
      matches: plain.includes('/') ? matches : (path) => matches(path.split('/').at(-1) ?? path),
    },
  ];
}
