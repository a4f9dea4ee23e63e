import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Runs every benchmark, each in a process of its own: what one leaves in memory does not slow down the next.
 * `--quick` leaves out rendering 1,000 nodes, which takes minutes. Fails when one of them does.
 */
const names = [
  'start',
  'generate',
  'release',
  'render',
  'renderers',
  'diff',
  'kube',
  'argocd',
] as const;

for (const name of names) {
  console.log(`\n# ${name}`);
  const script = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const args = ['--expose-gc', '--import', 'tsx', script, ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
