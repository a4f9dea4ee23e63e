import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** mikefarah's yq: on PATH, or built where Go is. */
export function findYq(): string | undefined {
  try {
    const printed = execFileSync('yq', ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] });
    if (printed.toString().includes('mikefarah')) return 'yq';
  } catch {
    // Not on PATH.
  }
  const folder = join(tmpdir(), 'tidegate-bench-yq');
  const built = join(folder, 'yq');
  if (existsSync(built)) return built;
  try {
    execFileSync('go', ['install', 'github.com/mikefarah/yq/v4@v4.47.2'], {
      env: { ...process.env, GOBIN: folder, CGO_ENABLED: '0' },
      stdio: 'ignore',
    });
    return built;
  } catch {
    return undefined;
  }
}
