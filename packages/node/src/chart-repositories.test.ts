import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  describeChartRepositoryContract,
  type PublishedRepository,
} from '../test/chart-repository.contract.ts';
import { scratchFolders } from '../test/scratch.ts';
import { testServers, type TestServer } from '../test/servers.ts';
import {
  archiveName,
  helmServer,
  indexText,
  registryServer,
  type TestChart,
} from '../test/stand-ins.ts';

const scratch = scratchFolders();
const serve = testServers();

const countOf = (server: TestServer, pattern: RegExp) => (): number =>
  server.seen.filter(({ path }) => pattern.test(path)).length;

describeChartRepositoryContract('Helm repository over HTTP', async (charts) => {
  const server = await serve(helmServer(charts));
  return { url: server.url, downloads: countOf(server, /\.tgz$/) };
});

describeChartRepositoryContract('Helm repository with a user, below a path', async (charts) => {
  const password = 'pass:wörd/@';
  const pair = Buffer.from(`robot:${password}`).toString('base64');
  const prefix = '/artifactory/api/helm/charts';
  const server = await serve(helmServer(charts, { authorization: `Basic ${pair}`, prefix }));
  return {
    url: `${server.url}${prefix}/`,
    credentials: { username: 'robot', password },
    downloads: countOf(server, /\.tgz$/),
  };
});

describeChartRepositoryContract('Helm repository with a token', async (charts) => {
  const server = await serve(helmServer(charts, { authorization: 'Bearer t0ken' }));
  return {
    url: server.url,
    credentials: { token: 't0ken' },
    downloads: countOf(server, /\.tgz$/),
  };
});

describeChartRepositoryContract('folder with an index', async (charts) => {
  const folder = await scratch();
  const refresh = (): Promise<void> => putArchives(folder, charts);
  await refresh();
  await writeFile(join(folder, 'index.yaml'), indexText(charts));
  return { url: pathToFileURL(folder).href, refresh };
});

describeChartRepositoryContract('OCI registry that is open', async (charts) => {
  const server = await serve(registryServer(charts, { isOpen: true }));
  return registryAt(server);
});

describeChartRepositoryContract('OCI registry with tokens for everybody', async (charts) =>
  registryAt(await serve(registryServer(charts))),
);

describeChartRepositoryContract('OCI registry with tokens for a user', async (charts) => {
  const pair = Buffer.from('robot:secret').toString('base64');
  const server = await serve(registryServer(charts, { authorization: `Basic ${pair}` }));
  return { ...registryAt(server), credentials: { username: 'robot', password: 'secret' } };
});

describeChartRepositoryContract('OCI registry named without a scheme', async (charts) => {
  const server = await serve(registryServer(charts));
  return { ...registryAt(server), url: `${server.host}/team` };
});

function registryAt(server: TestServer): PublishedRepository {
  // A request that is answered with a challenge sends no archive.
  const downloads = (): number => {
    const blobs = server.seen.filter(({ path }) => path.includes('/blobs/'));
    return blobs.length;
  };
  return { url: `oci://${server.host}/team`, downloads };
}

async function putArchives(folder: string, charts: readonly TestChart[]): Promise<void> {
  for (const chart of charts) await writeFile(join(folder, archiveName(chart)), chart.bytes);
}
