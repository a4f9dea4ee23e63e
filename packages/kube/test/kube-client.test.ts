import { inProcessClient } from '../src/index.ts';
import { httpClient, startApiServer, systemTimers } from '../src/node/index.ts';
import { kubeClientContract } from './kube-client-contract.ts';

kubeClientContract('embedded, in process', async () => {
  const started = await startApiServer();
  const client = inProcessClient(started.server, { userAgent: 'contract/1', token: started.token });
  const forget = (): void => {
    started.server.compact();
  };
  return { client, timers: systemTimers, forget, close: () => started.close() };
});

kubeClientContract('embedded, over HTTPS by kubeconfig', async () => {
  const started = await startApiServer();
  const client = httpClient({ userAgent: 'contract/1', kubeconfig: started.kubeconfig });
  const forget = (): void => {
    started.server.compact();
  };
  return { client, timers: systemTimers, forget, close: () => started.close() };
});

const kubeconfigPath = process.env['TIDEGATE_TEST_KUBECONFIG'];
if (kubeconfigPath !== undefined) {
  kubeClientContract('the cluster of TIDEGATE_TEST_KUBECONFIG', () =>
    Promise.resolve({
      client: httpClient({ userAgent: 'contract/1', kubeconfigPath }),
      timers: systemTimers,
      close: () => Promise.resolve(),
    }),
  );
}
