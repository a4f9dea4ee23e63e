import { describe, expect, it } from 'vitest';
import { deliveryDefinition, patDefinition } from './crds.ts';
import { valueAt } from './value-at.ts';

type Plain = Record<string, unknown>;

const definitions = [patDefinition('your.group'), deliveryDefinition()].map(
  (definition) => [String(valueAt(definition, ['metadata', 'name'])), definition] as const,
);

function versionOf(definition: Plain): Plain {
  return valueAt(definition, ['spec', 'versions', 0]) as Plain;
}

function schemaOf(definition: Plain): Plain {
  return valueAt(versionOf(definition), ['schema', 'openAPIV3Schema']) as Plain;
}

const types = ['object', 'array', 'string', 'integer', 'number', 'boolean'];
/** Keywords that a structural schema must not use at all. */
const forbidden = [
  '$ref',
  'definitions',
  'dependencies',
  'deprecated',
  'discriminator',
  'id',
  'patternProperties',
  'readOnly',
  'writeOnly',
  'xml',
  'uniqueItems',
];
const known = [
  'type',
  'format',
  'properties',
  'required',
  'items',
  'enum',
  'description',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'pattern',
  'default',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
];

/** What is wrong with a schema by the rules for structural schemas that a look at it can check. */
function faults(schema: Plain, path: string): string[] {
  const properties = (schema['properties'] ?? {}) as Record<string, Plain>;
  const items = schema['items'] as Plain | undefined;
  return [
    ...ownFaults(schema).map((fault) => `${path}: ${fault}`),
    ...Object.entries(properties).flatMap(([name, child]) => faults(child, `${path}.${name}`)),
    ...(items === undefined ? [] : faults(items, `${path}[]`)),
  ];
}

function ownFaults(schema: Plain): string[] {
  const required = (schema['required'] ?? []) as string[];
  const properties = Object.keys(schema['properties'] ?? {});
  return [
    ...Object.keys(schema)
      .filter((key) => forbidden.includes(key) || !known.includes(key))
      .map((key) => `keyword ${key}`),
    ...typeFaults(schema),
    ...required
      .filter((name) => !properties.includes(name))
      .map((name) => `requires unknown ${name}`),
    ...(new Set(required).size === required.length ? [] : ['requires a field twice']),
    ...listFaults(schema),
  ];
}

function typeFaults(schema: Plain): string[] {
  const type = schema['type'];
  const isObject = type === 'object';
  return [
    ...(types.includes(String(type)) ? [] : [`type ${String(type)}`]),
    ...(type === 'array' && schema['items'] === undefined ? ['array without items'] : []),
    ...(type !== 'array' && schema['items'] !== undefined ? ['items of no array'] : []),
    ...(!isObject && schema['properties'] !== undefined ? ['properties of no object'] : []),
    ...(!isObject && schema['x-kubernetes-preserve-unknown-fields'] === true
      ? ['preserves fields of no object']
      : []),
  ];
}

function listFaults(schema: Plain): string[] {
  const keys = schema['x-kubernetes-list-map-keys'] as string[] | undefined;
  if (keys === undefined) return [];
  const required = (valueAt(schema, ['items', 'required']) ?? []) as string[];
  const isScalar = (key: string): boolean =>
    ['string', 'integer', 'boolean'].includes(
      String(valueAt(schema, ['items', 'properties', key, 'type'])),
    );
  return [
    ...(schema['x-kubernetes-list-type'] === 'map' ? [] : ['keys of no map list']),
    ...keys.filter((key) => !required.includes(key)).map((key) => `key ${key} is not required`),
    ...keys.filter((key) => !isScalar(key)).map((key) => `key ${key} is no scalar`),
  ];
}

describe.each(definitions)('the definition %s', (name, definition) => {
  it('is named as its group and plural say', () => {
    const spec = definition['spec'] as Plain;
    const names = spec['names'] as Record<string, string>;

    expect(name).toBe(`${names['plural'] ?? ''}.${String(spec['group'])}`);
    expect(names['plural']).toMatch(/^[a-z]+$/);
    expect(names['singular']).toMatch(/^[a-z]+$/);
    expect(names['listKind']).toBe(`${names['kind'] ?? ''}List`);
    expect(spec['scope']).toBe('Namespaced');
    expect(valueAt(definition, ['apiVersion'])).toBe('apiextensions.k8s.io/v1');
  });

  it('is not deleted with its file: its objects would go with it', () => {
    expect(
      valueAt(definition, ['metadata', 'annotations', 'argocd.argoproj.io/sync-options']),
    ).toBe('Prune=false,Delete=false');
  });

  it('has one version, served and stored, with a status of its own', () => {
    expect(valueAt(definition, ['spec', 'versions'])).toHaveLength(1);
    expect(versionOf(definition)).toMatchObject({
      name: 'v1',
      served: true,
      storage: true,
      subresources: { status: {} },
    });
  });

  it('has a structural schema', () => {
    expect(faults(schemaOf(definition), '')).toEqual([]);
  });

  it('leaves metadata and the kind to Kubernetes', () => {
    const properties = schemaOf(definition)['properties'] as Record<string, Plain>;

    expect(properties['metadata']).toEqual({ type: 'object' });
    expect(properties['apiVersion']).toEqual({ type: 'string' });
    expect(properties['kind']).toEqual({ type: 'string' });
    expect(schemaOf(definition)['required']).toEqual(['spec']);
  });

  it('shows columns that exist in the schema, by type', () => {
    const columns = versionOf(definition)['additionalPrinterColumns'] as Record<string, string>[];

    expect(columns.length).toBeGreaterThan(2);
    expect(new Set(columns.map((column) => column['name'])).size).toBe(columns.length);
    for (const { jsonPath = '', type } of columns) {
      const path = jsonPath.split('.').slice(1);
      if (path[0] === 'metadata') continue;
      const field = valueAt(
        schemaOf(definition),
        path.flatMap((part) => ['properties', part]),
      );
      expect(field, jsonPath).toBeDefined();
      const isDate = valueAt(field, ['format']) === 'date-time';
      expect(type, jsonPath).toBe(isDate ? 'date' : valueAt(field, ['type']));
    }
  });
});

describe('the check itself', () => {
  it('finds what is not structural', () => {
    const schema = {
      type: 'object',
      required: ['a', 'a', 'b'],
      properties: {
        a: { properties: { x: { type: 'string' } } },
        list: { type: 'array' },
        map: {
          type: 'array',
          items: { type: 'object', properties: { k: { type: 'object' } } },
          'x-kubernetes-list-map-keys': ['k'],
        },
        other: { $ref: '#/x', type: 'text' },
      },
    };

    expect(faults(schema, '')).toEqual([
      ': requires unknown b',
      ': requires a field twice',
      '.a: type undefined',
      '.a: properties of no object',
      '.list: array without items',
      '.map: keys of no map list',
      '.map: key k is not required',
      '.map: key k is no scalar',
      '.other: keyword $ref',
      '.other: type text',
    ]);
  });
});

describe('the PAT', () => {
  it('belongs to the group of the definition', () => {
    const pat = patDefinition('pat.example.org');

    expect(valueAt(pat, ['metadata', 'name'])).toBe('projectapplicationtemplates.pat.example.org');
    expect(valueAt(pat, ['spec', 'names', 'kind'])).toBe('ProjectApplicationTemplate');
  });

  it('has the phases that the health check knows', () => {
    const phases = valueAt(schemaOf(patDefinition('your.group')), [
      ...['properties', 'status', 'properties', 'phase', 'enum'],
    ]);

    expect(phases).toEqual(expect.arrayContaining(['Pending', 'Provisioning', 'Ready', 'Failed']));
  });
});
