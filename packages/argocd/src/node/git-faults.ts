interface Wording {
  readonly pattern: RegExp;
  /** What Argo CD's Git library says instead. */
  readonly say: (repoURL: string, match: RegExpExecArray) => string;
}

const wordings: readonly Wording[] = [
  {
    pattern:
      /repository '.*' not found|does not appear to be a git repository|not found: |The requested URL returned error: 404/,
    say: () => 'repository not found: ',
  },
  {
    pattern: /Authentication failed|could not read (?:Username|Password)|returned error: 401/,
    say: () => 'authentication required: ',
  },
  {
    pattern: /returned error: 403/,
    say: () => 'authorization failed: ',
  },
  {
    pattern: /Could not resolve host: (\S+)/,
    say: (repoURL, [, host = '']) => `${request(repoURL)}: dial tcp: lookup ${host}: no such host`,
  },
  {
    pattern: /Failed to connect to (\S+) port (\d+)/,
    say: (repoURL, [, host = '', port = '']) =>
      `${request(repoURL)}: dial tcp ${host}:${port}: connect: connection refused`,
  },
  {
    pattern: /did not finish within/,
    say: (repoURL) =>
      `${request(repoURL)}: context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
  },
  {
    pattern: /returned error: (\d{3})/,
    say: (repoURL, [, status = '']) =>
      `unexpected client error: unexpected requesting ${JSON.stringify(address(repoURL))} status code: ${status}`,
  },
];

/** What Argo CD says where branches and tags cannot be listed, by what git printed. */
export function listingFault(repoURL: string, printed: string): string {
  for (const { pattern, say } of wordings) {
    const match = pattern.exec(printed);
    if (match !== null) return say(repoURL, match);
  }
  const lines = printed.trim().split('\n');
  return (lines.find((line) => /^(?:fatal|error): /.test(line)) ?? lines.at(-1) ?? '').replace(
    /^(?:fatal|error): /,
    '',
  );
}

function request(repoURL: string): string {
  return `Get ${JSON.stringify(address(repoURL))}`;
}

function address(repoURL: string): string {
  return `${repoURL}/info/refs?service=git-upload-pack`;
}
