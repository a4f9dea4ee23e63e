import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { limitMemory } from './wasm-memory.ts';

/**
 * Builds the renderer natively and as WASM into `renderer/dist`, where Go is installed, and the helm of
 * the same version, which tests compare them with. `--native`, `--wasm` and `--helm` build one of them.
 */
const folder = new URL('../renderer', import.meta.url).pathname;
const dist = join(folder, 'dist');
const wanted = process.argv.slice(2);
const helmVersion = 'v4.2.1';
const flags = `-s -w -X helm.sh/helm/v4/internal/version.version=${helmVersion}`;
/** Pages of 64 KiB that the WASM build may use: 1.5 GiB. */
const wasmPagesMax = 24_576;

function isWanted(what: string): boolean {
  return wanted.length === 0 || wanted.includes(what);
}

function go(args: readonly string[], env: Readonly<Record<string, string>>): void {
  execFileSync('go', args, { cwd: folder, env: { ...process.env, ...env }, stdio: 'inherit' });
}

function build(
  output: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): void {
  go(['build', '-trimpath', '-buildvcs=false', '-ldflags', flags, ...args, '-o', output, '.'], env);
}

await mkdir(dist, { recursive: true });
if (isWanted('--native')) build(join(dist, 'renderer'), [], { CGO_ENABLED: '0' });
if (isWanted('--wasm')) {
  const path = join(dist, 'renderer.wasm');
  build(path, ['-buildmode=c-shared'], { GOOS: 'wasip1', GOARCH: 'wasm' });
  const bytes = limitMemory(await readFile(path), wasmPagesMax);
  await writeFile(path, bytes);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 24 };
  await writeFile(`${path}.br`, brotliCompressSync(bytes, { params }));
}
if (isWanted('--helm')) {
  const command = `helm.sh/helm/v4/cmd/helm@${helmVersion}`;
  go(['install', '-trimpath', '-ldflags', flags, command], { GOBIN: dist, CGO_ENABLED: '0' });
}
