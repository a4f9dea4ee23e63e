/**
 * Runs an embedded API server for trying things out and for replaying recorded cases:
 *
 *   npx tsx packages/kube/tools/serve.ts PORT TOKEN [http]
 *
 * A request to the next port makes it forget its history.
 */
import { startApiServer } from '../src/node/index.ts';
import { createServer } from 'node:http';

const [port = '0', token = 'token', wire] = process.argv.slice(2);
const started = await startApiServer({ port: Number(port), token, insecure: wire === 'http' });
const control = createServer((_, answer) => {
  started.server.compact();
  answer.end('compacted\n');
});
if (Number(port) > 0) control.listen(Number(port) + 1, '127.0.0.1');
process.stdout.write(`${started.url} ${String(process.pid)}\n`);
