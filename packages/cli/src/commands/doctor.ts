import { TidegateError } from '@tidegate/core';
import { chooseRenderer, runTool } from '@tidegate/node';
import type { Io } from '../io.ts';
import { formatListing } from '../output/data.ts';
import { rendererChoice, type RendererOptions } from '../renderer.ts';
import { version } from '../version.ts';

export interface DoctorOptions extends Pick<RendererOptions, 'renderer' | 'helm' | 'cacheDir'> {
  readonly output: string;
}

interface Finding {
  readonly what: string;
  /** Null: it is needed in pipelines only. */
  readonly isFound: boolean | null;
  readonly detail: string;
}

/**
 * `tidegate doctor`: what this machine has of what the program needs, and which renderer is used and
 * why. Returns 1 when something that is needed is missing.
 */
export async function runDoctor(io: Io, options: DoctorOptions): Promise<number> {
  const choosing = rendererChoice(io, options);
  const findings: Finding[] = [
    { what: 'tidegate', isFound: true, detail: version },
    { what: 'node', isFound: true, detail: process.version },
    await find('git', async () => {
      const { stdout } = await runTool('git', { args: ['--version'], timeoutMs: 10_000 });
      return stdout
        .toString()
        .trim()
        .replace(/^git version /, '');
    }),
    await find('helm', async () => {
      const { version: helm, origin, path } = await choosing.helm();
      return `${helm} (${origin}), ${path}`;
    }),
    await find('renderer', async () => {
      const { kind, path, helmVersion, passedOver } = await chooseRenderer(choosing);
      const why = passedOver.length === 0 ? '' : `; ${passedOver.join(', ')}`;
      return `${kind}, Helm ${helmVersion}, ${path}${why}`;
    }),
  ];
  findings.push(...pushFindings(io));
  const rows = findings.map(({ what, isFound, detail }) => [what, stateOf(isFound), detail]);
  const header = ['WHAT', 'STATE', 'DETAIL'];
  io.stdout.write(formatListing({ header, rows, data: findings }, options.output));
  return findings.every(({ isFound }) => isFound !== false) ? 0 : 1;
}

function stateOf(isFound: boolean | null): string {
  if (isFound === null) return 'note';
  return isFound ? 'ok' : 'missing';
}

/** What pipelines push and comment with. Here Git's own credentials may do. */
function pushFindings({ env }: Io): Finding[] {
  const tokens = [
    {
      name: 'TIDEGATE_GIT_TOKEN',
      use: 'pushes releases; in GitLab a protected, masked variable with a token of scope write_repository, whose user may push to the protected branch and create the protected tags release/*',
    },
    {
      name: 'TIDEGATE_NOTES_TOKEN',
      use: 'writes notes on merge requests; in GitLab a masked variable with another token, of scope api, which may not push to the protected branch',
    },
  ];
  return tokens.map(({ name, use }) => {
    const isSet = (env[name] ?? '') !== '';
    return {
      what: name,
      isFound: isSet ? true : null,
      detail: `${isSet ? 'set' : 'not set'}: ${use}`,
    };
  });
}

async function find(what: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { what, isFound: true, detail: await look() };
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error;
    const hint = error.hint === undefined ? '' : `; ${error.hint}`;
    return { what, isFound: false, detail: `${error.message}${hint}` };
  }
}
