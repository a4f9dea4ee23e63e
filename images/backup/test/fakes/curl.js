// The options of curl that backup.sh uses. Every host is reached on 127.0.0.1:$FAKE_PORT, by its Host header.
import { createWriteStream, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { record } from './record.js';

record('curl');
const withValue = [
  '--connect-timeout',
  '--header',
  '--max-redirs',
  '--noproxy',
  '--output',
  '--proto',
  '--proto-redir',
  '--speed-limit',
  '--speed-time',
  '--url',
  '--write-out',
];
const options = new Map();
const argv = process.argv.slice(2);
while (argv.length > 0) {
  const option = argv.shift();
  options.set(option, withValue.includes(option) ? argv.shift() : '');
}

function fail(code, message) {
  process.stderr.write(`curl: (${code}) ${message}\n`);
  process.stdout.write('000');
  process.exitCode = code;
}

function headers() {
  const header = options.get('--header');
  if (header === undefined) return {};
  const [name, value] = readFileSync(header.replace(/^@/u, ''), 'utf8').trim().split(': ');
  return { [name]: value };
}

function request(url, redirects) {
  const refused = (process.env.FAKE_REFUSED ?? '').split(' ');
  if (refused.includes(url.hostname)) return fail(7, `Failed to connect to ${url.hostname}`);
  const call = get(
    {
      host: '127.0.0.1',
      port: process.env.FAKE_PORT,
      path: `${url.pathname}${url.search}`,
      headers: { Host: url.host, ...headers() },
    },
    (response) => {
      if (response.statusCode === 307 && options.has('--location') && redirects > 0) {
        response.resume();
        return request(new URL(response.headers.location, url), redirects - 1);
      }
      const file = createWriteStream(options.get('--output'));
      response.on('error', () => fail(18, 'transfer closed with outstanding read data remaining'));
      response.on('end', () => process.stdout.write(String(response.statusCode)));
      response.pipe(file);
    },
  );
  call.on('error', () => fail(52, 'Empty reply from server'));
}

request(new URL(options.get('--url')), Number(options.get('--max-redirs') ?? 0));
