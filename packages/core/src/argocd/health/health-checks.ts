import { compileGobwas } from '../globs/index.ts';
import { emptyOverride, type ResourceOverride, type ResourceOverrides } from '../settings/index.ts';
import {
  groupVersionKind,
  hookFinalizer,
  isDeleting,
  nameOf,
  namespaceOf,
  type HealthAnswer,
  type KubeObject,
  type ObjectHealth,
} from '../sync/index.ts';
import {
  builtInCheck,
  groupKindKey,
  hasUnmodelledCheck,
  scriptedCheck,
  type BuiltInCheck,
} from './builtin/index.ts';
import { Fields } from './fields.ts';
import { health } from './health-status.ts';
import { runHealthScript } from './lua-health.ts';
import { compileScript, type CompiledScript, type LuaSurroundings } from './lua/index.ts';

/** What Argo CD finds about an object. */
export interface Judgement {
  /** Undefined: the kind has no check. Where a check failed it is Unknown, with the reason. */
  readonly health: ObjectHealth | undefined;
  /** Why a check failed. */
  readonly error?: string;
  /** Which check it was. */
  readonly by: 'deletion' | 'settings' | 'argo-cd' | 'nothing' | 'not modelled';
}

/** The checks of an instance: those of its settings before those of Argo CD. */
export interface HealthChecks {
  readonly judge: (object: KubeObject) => Judgement;
}

interface OwnCheck {
  readonly script: CompiledScript;
  readonly useOpenLibs: boolean;
}

/**
 * The health checks of an instance. Scripts are compiled once, when they are first needed.
 *
 * Order, as in Argo CD 3.5.1 (gitops-engine/pkg/health/health.go GetResourceHealth, util/lua/lua.go
 * GetHealthScript): an object that is being deleted, unless a hook's finalizer holds it; the settings'
 * script for the kind, then for a wildcard that fits; Argo CD's scripts, then its checks in Go. Where
 * several wildcards fit the first one is taken; Argo CD takes any.
 *
 * Argo CD's scripts are modelled for the kinds that the pipeline uses. For the others an object's health
 * is an error that says so.
 */
export function createHealthChecks(
  overrides: ResourceOverrides,
  surroundings: LuaSurroundings,
): HealthChecks {
  const ownCheck = ownChecks(overrides);
  const judge = (object: KubeObject): Judgement => {
    if (isDeleting(object) && object.metadata?.finalizers?.includes(hookFinalizer) !== true) {
      return { health: health('Progressing', 'Pending deletion'), by: 'deletion' };
    }
    const kind = groupVersionKind(object);
    const own = ownCheck(groupKindKey(kind));
    if (own !== undefined) return judgeByScript(own, object, surroundings);
    const scripted = scriptedCheck(kind);
    if (scripted !== undefined) return judgeByCheck(scripted, object, wrapped(object));
    if (hasUnmodelledCheck(kind)) return notModelled(object, groupKindKey(kind));
    const check = builtInCheck(kind);
    if (check === undefined) return { health: undefined, by: 'nothing' };
    return judgeByCheck(check, object, (text) => text);
  };
  return { judge };
}

/** The health of an object as a sync operation takes it: a check that failed is an error. */
export function healthOf(object: KubeObject, checks: HealthChecks): HealthAnswer {
  const { health: found, error } = checks.judge(object);
  return error === undefined ? found : { error };
}

/** Finds the script for a kind, and remembers it. */
function ownChecks(overrides: ResourceOverrides): (key: string) => OwnCheck | undefined {
  const found = new Map<string, OwnCheck | undefined>();
  const compiled = new Map<string, CompiledScript>();
  const wildcards = Object.entries(overrides)
    .filter(([, { healthLua }]) => healthLua !== '')
    .map(([pattern, override]) => ({ glob: compileGobwas(pattern), override }));
  const override = (key: string): ResourceOverride => {
    const exact = Object.hasOwn(overrides, key) ? overrides[key] : undefined;
    if (exact !== undefined && exact.healthLua !== '') return exact;
    const fitting = wildcards.find(({ glob }) => 'matches' in glob && glob.matches(key));
    return fitting?.override ?? emptyOverride;
  };
  const check = (key: string): OwnCheck | undefined => {
    const { healthLua, useOpenLibs } = override(key);
    if (healthLua === '') return undefined;
    const script = compiled.get(healthLua) ?? compileScript(healthLua);
    compiled.set(healthLua, script);
    return { script, useOpenLibs };
  };
  return (key) => {
    if (!found.has(key)) found.set(key, check(key));
    return found.get(key);
  };
}

function judgeByScript(
  { script, useOpenLibs }: OwnCheck,
  object: KubeObject,
  surroundings: LuaSurroundings,
): Judgement {
  const answer = runHealthScript(script, object, { ...surroundings, useOpenLibs });
  if (!('error' in answer)) return { health: answer, by: 'settings' };
  const error = wrapped(object)(answer.error);
  return { health: health('Unknown', answer.error), error, by: 'settings' };
}

/** How Argo CD passes on the error of a script. */
function wrapped(object: KubeObject): (error: string) => string {
  const name = `${namespaceOf(object)}/${nameOf(object)}`;
  return (error) => `failed to get resource health for ${name}: ${error}`;
}

function judgeByCheck(
  check: BuiltInCheck,
  object: KubeObject,
  passOn: (error: string) => string,
): Judgement {
  try {
    return { health: check(new Fields(object)), by: 'argo-cd' };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const failed = health('Unknown', error.message);
    return { health: failed, error: passOn(error.message), by: 'argo-cd' };
  }
}

function notModelled(object: KubeObject, key: string): Judgement {
  const hint = `set resource.customizations.health.${key.replace('/', '_')} to give one`;
  const text = `Argo CD has a health check for ${key} that is not modelled; ${hint}`;
  return { health: health('Unknown', text), error: wrapped(object)(text), by: 'not modelled' };
}
