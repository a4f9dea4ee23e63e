import { describe, expect, it } from 'vitest';
import * as names from './network.ts';
import { defaultNetwork } from './parse-network.ts';

const network = defaultNetwork();
const [qa] = network.environments;
const [backup] = network.services;
if (qa === undefined || backup === undefined) throw new Error('the default network has both');

describe('names', () => {
  // As in the specification, section 7.
  it.each([
    [names.rootApplicationName(network, qa), 'dlt-root-qa'],
    [names.serviceApplicationName(network, qa, 'backup'), 'dlt-backup-qa'],
    [names.applicationSetName(network, qa, 'vault'), 'dlt-nodes-vault-qa'],
    [
      names.nodeApplicationName(network, qa, { node: 'node-alpha', component: 'vault' }),
      'dlt-node-alpha-vault-qa',
    ],
    [names.rootProject(network, qa), 'dlt-qa'],
    [names.workloadsProject(network, qa), 'dlt-qa-workloads'],
    [names.nodeNamespace(qa, 'node-alpha'), 'dlt-node-alpha'],
    [names.serviceNamespace(qa, backup), 'dlt-ops'],
    [names.nodeHostName(qa, 'node-beta'), 'node-beta.dlt-node-beta.svc.cluster.local'],
    [names.nodeHostName(qa, 'beta'), 'node-beta.dlt-beta.svc.cluster.local'],
    [names.releaseTag('qa', 7), 'release/qa/7'],
  ])('%s', (name, expected) => {
    expect(name).toBe(expected);
  });

  it.each([
    ['node-alpha', 'alpha'],
    ['alpha', 'alpha'],
    ['node-', 'node-'],
    ['node-node-x', 'node-x'],
  ])('the id of node %s is %s', (node, id) => {
    expect(names.nodeId(node)).toBe(id);
  });
});

describe('what Argo CD is told', () => {
  it.each([
    ['https://charts.example.com/helm', 'https://charts.example.com/helm', false],
    ['oci://registry.example.com/helm', 'registry.example.com/helm', true],
    ['registry.example.com/helm', 'registry.example.com/helm', true],
    ['file:///srv/charts', 'file:///srv/charts', false],
  ])('of the chart repository %s is %s', (repository, told, isOci) => {
    expect(names.argocdRepository(repository)).toBe(told);
    expect(names.isOciRepository(repository)).toBe(isOci);
  });
});
