import { describe, expect, it } from 'vitest';
import type { RenderRequest } from '../ports/chart-renderer.ts';
import { explainHelmFailure } from './explain-helm-failure.ts';

const request: RenderRequest = {
  chart: { repository: 'https://charts', name: 'dlt-backend', version: '3.1.0' },
  releaseName: 'dlt-node-alpha-backend-qa',
  namespace: 'dlt-node-alpha',
  values: [
    { path: 'common.yaml', content: 'backend:\n  node:\n    role: observer\n  chain: {}\n' },
    { path: 'node.yaml', content: '# c\nbackend:\n  rol: x\n  node:\n    role: chief\n' },
  ],
  parameters: [],
  kubeVersion: '1.36.1',
  apiVersions: [],
};

function schemaFailure(...lines: string[]): string {
  return [
    "Error: values don't meet the specifications of the schema(s) in the following chart(s):",
    'dlt-backend:',
    ...lines,
    '',
  ].join('\n');
}

function explained(printed: string): string[] {
  return explainHelmFailure(request, printed).diagnostics.map(
    ({ message, position }) =>
      `${position?.file}:${position?.line}:${position?.column} ${message.replace('chart dlt-backend 3.1.0 ', '')}`,
  );
}

describe('values that the schema of a chart refuses', () => {
  it('are explained at the line of the layer that set them', () => {
    const printed = schemaFailure(
      "- at '/backend': additional properties 'rol' not allowed",
      "- at '/backend/node/role': value must be one of 'validator', 'observer'",
      "- at '/backend/node': missing property 'id'",
    );
    expect(explained(printed)).toStrictEqual([
      'node.yaml:3:3 refuses "backend.rol": the key is not known',
      `node.yaml:5:5 refuses "backend.node.role": value must be one of 'validator', 'observer'`,
      'node.yaml:4:3 refuses "backend.node.id": it is required',
    ]);
  });

  it.each<[name: string, line: string, expected: string[]]>([
    [
      'several unknown keys',
      "- at '/backend': additional properties 'chain', 'rol' not allowed",
      [
        'common.yaml:4:3 refuses "backend.chain": the key is not known',
        'node.yaml:3:3 refuses "backend.rol": the key is not known',
      ],
    ],
    [
      'several missing keys',
      "- at '/backend/node': missing properties 'a', 'b'",
      [
        'node.yaml:4:3 refuses "backend.node.a": it is required',
        'node.yaml:4:3 refuses "backend.node.b": it is required',
      ],
    ],
    [
      'a value of an earlier layer',
      "- at '/backend/chain': got object, want string",
      ['common.yaml:4:3 refuses "backend.chain": got object, want string'],
    ],
    [
      'the whole document',
      "- at '': got array, want object",
      ['undefined:undefined:undefined refuses the values: got array, want object'],
    ],
    [
      'what no layer sets',
      "- at '/image/tag': got null, want string",
      ['undefined:undefined:undefined refuses "image.tag": got null, want string'],
    ],
    [
      'a key with a slash',
      "- at '/backend/a~1b': got null, want string",
      ['node.yaml:2:1 refuses "backend.a/b": got null, want string'],
    ],
  ])('are explained: %s', (_, line, expected) => {
    expect(explained(schemaFailure(line))).toStrictEqual(expected);
  });

  it('are explained without the headings of alternatives', () => {
    const printed = schemaFailure(
      "- at '/backend/node/role': 'anyOf' failed",
      "  - at '/backend/node/role': got string, want number",
      "- at '/backend': validation failed",
    );
    expect(explained(printed)).toContain(
      'node.yaml:5:5 refuses "backend.node.role": got string, want number',
    );
    expect(explained(printed).join()).not.toContain('validation failed');
  });

  it('speak with the first of them and carry all', () => {
    const printed = schemaFailure(
      "- at '/backend': additional properties 'rol' not allowed",
      "- at '/backend/node': missing property 'id'",
    );
    const error = explainHelmFailure(request, printed);
    expect(error.message).toBe(
      'chart dlt-backend 3.1.0 refuses "backend.rol": the key is not known',
    );
    expect(error.position).toStrictEqual({ file: 'node.yaml', line: 3, column: 3 });
    expect(error.diagnostics).toHaveLength(2);
  });
});

describe('any other failure', () => {
  const prefix = 'chart dlt-backend 3.1.0 of dlt-node-alpha-backend-qa does not render: ';

  it('keeps the whole of what Helm says, without its advice and log lines', () => {
    const printed = [
      'level=WARN msg="x"',
      'Error: parse error at (dlt-backend/templates/a.yaml:7): unclosed action',
      '',
      'Use --debug flag to render out invalid YAML',
    ].join('\n');
    const error = explainHelmFailure(request, printed);
    expect(error.message).toBe(
      `${prefix}parse error at (dlt-backend/templates/a.yaml:7): unclosed action`,
    );
    expect(error.position).toStrictEqual({ file: 'dlt-backend/templates/a.yaml', line: 7 });
  });

  it('points at the last place that it names', () => {
    const printed =
      'Error: dlt-backend/templates/a.yaml:3:4\n  executing "dlt-backend/templates/a.yaml" at <include "x">:\n    error calling include:\ndlt-backend/charts/lib/templates/_x.tpl:9:15\n  nil pointer evaluating interface {}.y\n';
    expect(explainHelmFailure(request, printed).position).toStrictEqual({
      file: 'dlt-backend/charts/lib/templates/_x.tpl',
      line: 9,
      column: 16,
    });
  });

  it('has no position when no template is named', () => {
    const error = explainHelmFailure(request, 'Error: something else\n');
    expect(error.message).toBe(`${prefix}something else`);
    expect(error.position).toBeUndefined();
  });

  it('shows what a template itself complains of without its place, which the position is', () => {
    const printed =
      'Error: execution error at (dlt-backend/templates/a.yaml:47:20): the image tag is missing\n';
    const error = explainHelmFailure(request, printed);
    expect(error.message).toBe(`${prefix}the image tag is missing`);
    expect(error.position).toMatchObject({ file: 'dlt-backend/templates/a.yaml', line: 47 });
  });

  it('looks for places in time that grows with the text only', () => {
    const error = explainHelmFailure(request, `Error: ${'x'.repeat(1_000_000)}\n`);
    expect(error.position).toBeUndefined();
  });

  it('says so when Helm says nothing', () => {
    expect(explainHelmFailure(request, '\n').message).toBe(
      `${prefix}helm failed without a message`,
    );
  });
});
