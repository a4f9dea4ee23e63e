import { describe, expect, it } from 'vitest';
import { defaultNetwork, parseNetwork } from '../model/parse-network.ts';
import { nameClashes } from './name-clashes.ts';

const network = defaultNetwork();
const [qa] = network.environments;
if (qa === undefined) throw new Error('the default network has environments');

describe('nameClashes', () => {
  it('finds nothing among nodes of different names', () => {
    expect(nameClashes(network, qa, ['node-alpha', 'node-beta', 'alpha-2'])).toEqual([]);
  });

  it('finds two nodes with one identity', () => {
    expect(nameClashes(network, qa, ['alpha', 'node-alpha'])).toEqual([
      {
        node: 'node-alpha',
        fault:
          'node "node-alpha" makes the identity among its peers "alpha", which node "alpha" makes too',
      },
    ]);
  });

  it('finds an Application that a service has', () => {
    const other = parseNetwork(
      'services:\n  backup: {}\n  shared-services: {}\n  alpha-vault: {wave: 0}\n',
    );
    expect(nameClashes(other, qa, ['alpha'])).toMatchObject([
      { node: 'alpha', fault: expect.stringContaining('service "alpha-vault"') as string },
    ]);
  });

  it('finds two nodes that make one Application', () => {
    const other = parseNetwork(
      'components:\n  namespace: {}\n  backend: {}\n  vault-backend: {wave: 2}\n',
    );
    expect(nameClashes(other, qa, ['x', 'x-vault'])).toEqual([
      {
        node: 'x-vault',
        fault:
          'node "x-vault" makes the Application "dlt-x-vault-backend-qa", which node "x" makes too',
      },
    ]);
  });

  it('finds a node that makes the name of a set', () => {
    expect(nameClashes(network, qa, ['nodes'])).toMatchObject([
      { fault: expect.stringContaining('the set of "namespace"') as string },
    ]);
  });
});
