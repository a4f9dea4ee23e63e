import { plainAnswer } from './lua-health.ts';
import { runScript, type CompiledScript, type LuaSurroundings } from './lua/index.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What an action wants to write. */
export interface ImpactedResource {
  readonly operation: 'create' | 'patch';
  readonly resource: Fields;
}

/** An action that an object offers. */
export interface ResourceAction {
  readonly name: string;
  readonly disabled: boolean;
  readonly iconClass?: string;
  readonly displayName?: string;
  readonly params?: readonly ActionParameter[];
}

/** A parameter that an action asks for. */
export interface ActionParameter {
  readonly name: string;
}

/** How to run an action. */
export interface ActionOptions extends LuaSurroundings {
  readonly useOpenLibs: boolean;
  readonly parameters?: Readonly<Record<string, string>>;
}

/** An answer, or why Argo CD refuses what a script returned. */
export type Refusable<T> = { readonly value: T } | { readonly error: string };

/**
 * Runs an action's script as Argo CD 3.5.1 does (util/lua/lua.go ExecuteResourceAction): it returns
 * the changed object (old style, a patch) or a list of resources, each with `create` or `patch`.
 * Anything else is refused. Empty objects of the original that Lua made empty lists stay objects.
 */
export function runAction(
  script: CompiledScript,
  object: Fields,
  options: ActionOptions,
): Refusable<readonly ImpactedResource[]> {
  const answer = tableAnswer(script, object, options);
  if ('error' in answer) return answer;
  const { value } = answer;
  const impacted = Array.isArray(value) ? impactedList(value) : impactedObject(value);
  if ('error' in impacted) return impacted;
  return {
    value: impacted.value.map((one) =>
      one.operation === 'patch' ? { ...one, resource: cleanedFields(one.resource, object) } : one,
    ),
  };
}

function tableAnswer(
  script: CompiledScript,
  object: Fields,
  options: ActionOptions,
): Refusable<unknown> {
  const answer = plainAnswer(runScript(script, { ...options, object }));
  if ('error' in answer || answer.value !== undefined) return answer;
  return { error: 'expect table output from Lua script, not nil' };
}

function impactedObject(value: unknown): Refusable<ImpactedResource[]> {
  const fault = objectFault(value);
  if (fault !== undefined || !isFields(value)) return { error: fault ?? '' };
  return { value: [{ operation: 'patch', resource: value }] };
}

function impactedList(list: readonly unknown[]): Refusable<ImpactedResource[]> {
  const value: ImpactedResource[] = [];
  for (const item of list) {
    const one = impactedItem(item);
    if ('error' in one) return one;
    value.push(one.value);
  }
  return { value };
}

function impactedItem(item: unknown): Refusable<ImpactedResource> {
  if (!isFields(item)) {
    const type = Array.isArray(item) ? 'array' : typeof item;
    return {
      error: `json: cannot unmarshal ${type} into Go value of type lua.ImpactedResource`,
    };
  }
  const { operation, resource } = item;
  if (operation !== 'create' && operation !== 'patch') {
    return { error: `unsupported operation: ${JSON.stringify(operation) ?? ''}` };
  }
  const fault = objectFault(resource);
  if (fault !== undefined || !isFields(resource)) return { error: fault ?? '' };
  return { value: { operation, resource } };
}

/** Kubernetes' decoder wants an object with a kind. */
function objectFault(value: unknown): string | undefined {
  if (!isFields(value)) return "Object 'Kind' is missing in 'null'";
  const { kind } = value;
  if (typeof kind === 'string' && kind !== '') return undefined;
  return `Object 'Kind' is missing in '${JSON.stringify(value)}'`;
}

/** Lua cannot tell an empty object from an empty list: what was an object stays one. */
function cleanedFields(next: Fields, before: Fields): Fields {
  return Object.fromEntries(
    Object.entries(next).map(([key, value]) => [
      key,
      key in before ? cleaned(value, before[key], true) : value,
    ]),
  );
}

/** Directly in a list Argo CD leaves empty lists as they are. */
function cleaned(next: unknown, before: unknown, isField: boolean): unknown {
  if (isFields(next)) return isFields(before) ? cleanedFields(next, before) : next;
  if (!Array.isArray(next)) return next;
  if (isFields(before)) return isField && next.length === 0 ? {} : (next as unknown[]);
  if (!Array.isArray(before)) return next as unknown[];
  return next.map((item: unknown, index) =>
    index < before.length ? cleaned(item, before[index], false) : item,
  );
}

/**
 * The actions that an object offers: what the scripts' tables name, the first of each name. Sorted by
 * name; Argo CD gives no order. Source: util/lua/lua.go ExecuteResourceActionDiscovery.
 */
export function discoverActions(
  scripts: readonly CompiledScript[],
  object: Fields,
  options: LuaSurroundings & { readonly useOpenLibs: boolean },
): Refusable<readonly ResourceAction[]> {
  if (scripts.length === 0) return { error: 'no action discovery script provided' };
  const actions = new Map<string, ResourceAction>();
  for (const script of scripts) {
    const answer = tableAnswer(script, object, options);
    if ('error' in answer) return answer;
    const { value } = answer;
    if (Array.isArray(value) && value.length === 0) continue;
    if (!isFields(value)) {
      return {
        error:
          'error unmarshaling action table: json: cannot unmarshal array into Go value of type map[string]interface {}',
      };
    }
    for (const [name, content] of Object.entries(value)) {
      if (!actions.has(name)) actions.set(name, discovered(name, content));
    }
  }
  const byName = (left: ResourceAction, right: ResourceAction): number =>
    left.name < right.name ? -1 : 1;
  return { value: [...actions.values()].sort(byName) };
}

function discovered(name: string, content: unknown): ResourceAction {
  if (!isFields(content)) return { name, disabled: false };
  const { disabled, iconClass, displayName, params } = content;
  return {
    name: typeof content['name'] === 'string' ? content['name'] : name,
    disabled: disabled === true,
    ...(typeof iconClass === 'string' ? { iconClass } : {}),
    ...(typeof displayName === 'string' ? { displayName } : {}),
    ...(Array.isArray(params) ? { params: params.map(parameter) } : {}),
  };
}

/** Of a parameter only its name is kept. */
function parameter(value: unknown): ActionParameter {
  const name = isFields(value) ? value['name'] : undefined;
  return { name: typeof name === 'string' ? name : '' };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
