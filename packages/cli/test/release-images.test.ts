import { commitAll, git } from '@tidegate/node';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { reply, testServers } from '../../node/test/servers.ts';
import { ada, releaseClones, tidegate } from './release-clones.ts';
import { packedCharts } from './workbench.ts';

/** The gate that asks registries, against a registry on this machine that wants a password. */
const serve = testServers();
const clones = releaseClones();
let charts: string;

beforeAll(async () => {
  charts = await packedCharts();
}, 120_000);

const password = 'registry-password';

/** A registry with these tags of the backend, and all others; returns its host. */
async function registry(tags: readonly string[]): Promise<{ host: string; asked: string[] }> {
  const asked: string[] = [];
  const expected = `Basic ${Buffer.from(`ci:${password}`).toString('base64')}`;
  const { url } = await serve((request, response) => {
    if (request.headers.authorization !== expected) {
      response.setHeader('WWW-Authenticate', 'Basic realm="registry"');
      reply(response, 401, '');
      return;
    }
    const [, name, tag = ''] = /^\/v2\/dlt\/(.+)\/manifests\/(.+)$/.exec(request.url ?? '') ?? [];
    asked.push(`${name ?? ''}:${tag}`);
    reply(response, name !== 'backend' || tags.includes(tag) ? 200 : 404, '');
  });
  return { host: new URL(url).host, asked };
}

/** A clone whose qa checks images, with the backend's from that registry. */
async function cloneWith(host: string): Promise<string> {
  const clone = await clones.clone(await clones.origin());
  const edit = async (path: string, from: RegExp, to: string): Promise<void> => {
    const text = await readFile(join(clone, path), 'utf8');
    if (!from.test(text)) throw new Error(`${path} has no ${String(from)}`);
    await writeFile(join(clone, path), text.replace(from, to));
  };
  await edit('tidegate.yaml', /checkRender: false/, 'checkRender: true, checkImages: true');
  const common = 'envs/qa/common-node-values.yaml';
  for (const name of ['vault', 'backend', 'frontend']) {
    const image = `\n${name}:\n  image:\n    repository: ${host}/dlt/${name}\n`;
    await edit(common, new RegExp(`\\n${name}:\\n`), image);
  }
  const shared = `shared-services:\n  image:\n    repository: ${host}/dlt/shared-services\n`;
  await edit('envs/qa/shared-services/values.yaml', /shared-services:\n/, shared);
  await edit('envs/qa/backup/values.yaml', /artifactory\.example\.com\/tools/, `${host}/dlt`);
  await commitAll(clone, 'Check images', ada);
  await git(clone, ['push', '--quiet', 'origin', 'HEAD:main']);
  return clone;
}

function environment(host: string): Record<string, string> {
  const auth = Buffer.from(`ci:${password}`).toString('base64');
  return {
    TIDEGATE_CHARTS_URL: charts,
    DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [host]: { auth } } }),
  };
}

describe('the gate for images', () => {
  test('lets a release through when the tags of its versions are there', async () => {
    const { host, asked } = await registry(['v2.1.0']);
    const clone = await cloneWith(host);
    const { exitCode, stderr } = await tidegate(
      clone,
      ['release', 'qa', '--push'],
      environment(host),
    );

    expect(exitCode, stderr).toBe(0);
    expect(asked.sort()).toEqual([
      'backend:v2.1.0',
      'backup:v1.2.0',
      'frontend:v1.5.0',
      'shared-services/postgres:v1.8.3',
      'shared-services/queue:v1.8.3',
      'vault:v1.2.0',
    ]);
  }, 60_000);

  test('refuses one whose tag is missing, without a word about the password', async () => {
    const { host } = await registry([]);
    const clone = await cloneWith(host);
    const { exitCode, stderr } = await tidegate(
      clone,
      ['release', 'qa', '--push'],
      environment(host),
    );

    expect(exitCode).toBe(1);
    expect(stderr).toContain(`image ${host}/dlt/backend:v2.1.0 of backend does not exist [images]`);
    expect(stderr).not.toContain(password);
  }, 60_000);

  test('cannot tell with the wrong password, and says so', async () => {
    const { host } = await registry(['v2.1.0']);
    const clone = await cloneWith(host);
    const env = { ...environment(host), DOCKER_AUTH_CONFIG: '{"auths":{}}' };
    const { exitCode, stderr } = await tidegate(clone, ['release', 'qa', '--push'], env);

    expect(exitCode, stderr).toBe(5);
    const broken = { ...environment(host), DOCKER_AUTH_CONFIG: 'no JSON' };
    const other = await tidegate(clone, ['release', 'qa', '--push'], broken);
    expect([other.exitCode, other.stderr]).toEqual([
      3,
      expect.stringContaining('DOCKER_AUTH_CONFIG is no Docker configuration'),
    ]);
  }, 60_000);
});
