import * as models from '@kubernetes/client-node';
import * as extensions from 'kubernetes-models/apiextensions.k8s.io/v1';
import * as apps from 'kubernetes-models/apps/v1';
import * as batch from 'kubernetes-models/batch/v1';
import * as networking from 'kubernetes-models/networking.k8s.io/v1';
import * as policy from 'kubernetes-models/policy/v1';
import * as rbac from 'kubernetes-models/rbac.authorization.k8s.io/v1';
import * as core from 'kubernetes-models/v1';
import { textAt } from './kubernetes-objects.ts';
import type { KubernetesObject } from './rendered-network.ts';

type Validator = new (data: never) => { validate(): void };

/** Kubernetes' own JSON schemas, by apiVersion and kind. */
const schemas: Readonly<Record<string, Readonly<Record<string, Validator | undefined>>>> = {
  v1: core as unknown as Record<string, Validator>,
  'apiextensions.k8s.io/v1': extensions as unknown as Record<string, Validator>,
  'apps/v1': apps as unknown as Record<string, Validator>,
  'batch/v1': batch as unknown as Record<string, Validator>,
  'networking.k8s.io/v1': networking as unknown as Record<string, Validator>,
  'policy/v1': policy as unknown as Record<string, Validator>,
  'rbac.authorization.k8s.io/v1': rbac as unknown as Record<string, Validator>,
};

interface Attribute {
  readonly baseName: string;
  readonly type: string;
}
interface Model {
  getAttributeTypeMap(): Attribute[];
}
const modelsByName = models as unknown as Readonly<Record<string, Partial<Model> | undefined>>;

/** What is wrong with an object by Kubernetes' schemas: wrong types, missing and unknown fields. */
export function schemaFaults(object: KubernetesObject): string[] {
  const apiVersion = textAt(object, 'apiVersion');
  const kind = textAt(object, 'kind');
  const Schema = schemas[apiVersion]?.[kind];
  if (Schema === undefined) return [`no schema of ${apiVersion} ${kind}`];
  const faults: string[] = [];
  try {
    new Schema(object as never).validate();
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error));
  }
  return [...faults, ...unknownFields(object, `V1${kind}`, kind)];
}

/** The schemas let fields pass that they do not know; Kubernetes' strict validation does not. */
function unknownFields(value: unknown, type: string, path: string): string[] {
  const list = /^Array<(.+)>$/.exec(type)?.[1];
  if (list !== undefined && Array.isArray(value)) {
    return value.flatMap((item, index) => unknownFields(item, list, `${path}[${index}]`));
  }
  const values = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
  if (values !== undefined) {
    return Object.entries(value ?? {}).flatMap(([key, item]) =>
      unknownFields(item, values, `${path}.${key}`),
    );
  }
  const attributes = modelsByName[type]?.getAttributeTypeMap?.();
  if (attributes === undefined || typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const attribute = attributes.find(({ baseName }) => baseName === key);
    return attribute === undefined
      ? [`unknown field ${path}.${key}`]
      : unknownFields(item, attribute.type, `${path}.${key}`);
  });
}
