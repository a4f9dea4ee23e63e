import { describe, expect, it } from 'vitest';
import { defaultNetwork, parseNetwork } from '../model/parse-network.ts';
import { parseYaml } from '../yaml/parse-yaml.ts';
import { nodeValuesFiles, type NodeProfile } from './node-values.ts';

const network = defaultNetwork();
const [qa] = network.environments;
if (qa === undefined) throw new Error('the default network has environments');
const environment = qa;

function files(profile: NodeProfile): Record<string, string> {
  const written = nodeValuesFiles(network, environment, profile);
  return Object.fromEntries(written.map(({ path, content }) => [path, content]));
}

describe('nodeValuesFiles', () => {
  it('writes the files of the specification, section 15, byte for byte', () => {
    expect(files({ node: 'node-delta', role: 'observer', peers: ['node-alpha'] })).toStrictEqual({
      'envs/qa/nodes/node-delta/values-namespace.yaml': `projectApplicationTemplate:
  name: dlt-node-delta
  namespace: dlt-node-delta
`,
      'envs/qa/nodes/node-delta/values-vault.yaml': `vault:
  server:
    extraEnv:
    - name: VAULT_CLUSTER_NAME
      value: node-delta
`,
      'envs/qa/nodes/node-delta/values-backend.yaml': `backend:
  node:
    id: delta
    role: observer
    peers:
    - node-alpha.dlt-node-alpha.svc.cluster.local
`,
      'envs/qa/nodes/node-delta/values-frontend.yaml': `frontend:
  env:
    NODE_ID: delta
    BACKEND_URL: http://backend.dlt-node-delta.svc.cluster.local
`,
    });
  });

  it('writes the backend of the specification, section 9', () => {
    const written = files({
      node: 'node-alpha',
      role: 'validator',
      peers: ['node-beta', 'node-gamma'],
    });
    expect(written['envs/qa/nodes/node-alpha/values-backend.yaml']).toBe(`backend:
  node:
    id: alpha
    role: validator
    peers:
    - node-beta.dlt-node-beta.svc.cluster.local
    - node-gamma.dlt-node-gamma.svc.cluster.local
`);
  });

  it('names no peers where there are none', () => {
    const written = files({ node: 'solo', role: 'validator', peers: [] });
    expect(written['envs/qa/nodes/solo/values-backend.yaml']).toBe(
      'backend:\n  node:\n    id: solo\n    role: validator\n',
    );
  });

  it.each(['7', '010', '1e3', 'on', 'no', 'null', '0x1f', 'node-7', 'node-on'])(
    'keeps the id of node %j a text',
    (node) => {
      const written = files({ node, role: 'observer', peers: [] });
      const read = parseYaml(written[`envs/qa/nodes/${node}/values-backend.yaml`] ?? '', 'f');
      const id = node.replace(/^node-/, '');
      expect(read.value).toStrictEqual({ backend: { node: { id, role: 'observer' } } });
      expect(written[`envs/qa/nodes/${node}/values-frontend.yaml`]).toContain(`NODE_ID: "${id}"`);
    },
  );

  it('gives a component of its own an empty entry, and none to one without node layer', () => {
    const other = parseNetwork(
      'components: {namespace: {}, indexer: {wave: 4}, plain: {wave: 5, layers: [versions]}}\n',
    );
    const [first] = other.environments;
    if (first === undefined) throw new Error('has environments');
    const written = nodeValuesFiles(other, first, { node: 'n', role: 'r', peers: [] });
    expect(written.slice(1)).toStrictEqual([
      { path: 'envs/qa/nodes/n/values-indexer.yaml', content: 'indexer: {}\n' },
    ]);
  });
});
