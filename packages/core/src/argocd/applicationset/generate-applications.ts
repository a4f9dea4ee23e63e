import { dialectOf, type ApplicationSet } from './application-set.ts';
import {
  renderApplication,
  type ApplicationTemplate,
  type GeneratedApplication,
  type TemplateSettings,
} from './application-template.ts';
import {
  generateParams,
  type GeneratedParams,
  type GeneratorSteps,
} from './generators/generate-params.ts';
import { mergeTemplates } from './merge-templates.ts';

/** What came of generating: all Applications, or why there are none. */
export type Generation =
  | { readonly applications: readonly GeneratedApplication[] }
  | { readonly error: string; readonly reason: GenerationFault };

/** The reason of the condition that a fault becomes. */
export type GenerationFault = 'ApplicationGenerationFromParamsError' | 'RenderTemplateParamsError';

/** What generating needs to know besides the set. */
export interface GenerationContext {
  /** Names of the AppProjects there are; a git generator is not asked without its project. */
  readonly projects?: readonly string[];
}

/**
 * Generates the Applications of a set, in order. The first fault counts and leaves none, so that
 * nothing is created, changed or deleted.
 * Source: applicationset/controllers/template/template.go.
 */
export function* generateApplications(
  set: ApplicationSet,
  context: GenerationContext = {},
): GeneratorSteps<Generation> {
  const { spec } = set;
  const refusal = refusedStrategy(set);
  if (refusal !== undefined) {
    return { error: refusal, reason: 'ApplicationGenerationFromParamsError' };
  }
  const settings = settingsOf(set);
  const gitFault = projectFault(set, context);
  const applications: GeneratedApplication[] = [];
  let fault: Generation | undefined;
  for (const generator of spec.generators ?? []) {
    const generated = yield* attempt(generateParams(generator, settings.dialect, { gitFault }));
    if (typeof generated === 'string') {
      fault ??= { error: generated, reason: 'ApplicationGenerationFromParamsError' };
      continue;
    }
    const rendered = renderAll(generated, spec.template ?? {}, settings);
    applications.push(...rendered.applications);
    if (rendered.error !== undefined) {
      fault ??= { error: rendered.error, reason: 'RenderTemplateParamsError' };
    }
  }
  return fault ?? { applications };
}

/** Why the rollout of a set is not modelled; undefined: it has none. */
function refusedStrategy({ spec }: ApplicationSet): string | undefined {
  const { type, rollingSync } = spec.strategy ?? {};
  if (type !== 'RollingSync' || rollingSync === undefined || rollingSync === null) return undefined;
  return 'strategy "RollingSync" is refused: progressive syncs are not modelled';
}

/**
 * Why a git generator cannot be asked: the project of the template is not there. A name that is
 * filled in later is not looked at.
 * Source: `GenerateParams` in applicationset/generators/git.go.
 */
function projectFault(
  { spec }: ApplicationSet,
  { projects }: GenerationContext,
): string | undefined {
  const given = spec.template?.spec?.['project'];
  const project = typeof given === 'string' ? given : '';
  if (projects === undefined || project.includes('{{') || projects.includes(project)) {
    return undefined;
  }
  const missing = `AppProject.argoproj.io ${JSON.stringify(project)} not found`;
  return `error getting project ${project}: ${missing}`;
}

function settingsOf({ spec, metadata }: ApplicationSet): TemplateSettings {
  const { templatePatch } = spec;
  return {
    dialect: dialectOf(spec),
    namespace: metadata.namespace ?? '',
    preserveResourcesOnDeletion: spec.syncPolicy?.preserveResourcesOnDeletion ?? false,
    ...(templatePatch === undefined ? {} : { templatePatch }),
  };
}

function* attempt(
  steps: GeneratorSteps<GeneratedParams[]>,
): GeneratorSteps<GeneratedParams[] | string> {
  try {
    return yield* steps;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function renderAll(
  generated: readonly GeneratedParams[],
  base: ApplicationTemplate,
  settings: TemplateSettings,
): { readonly applications: GeneratedApplication[]; readonly error: string | undefined } {
  const applications: GeneratedApplication[] = [];
  let error: string | undefined;
  for (const { params, template } of generated) {
    const merged = mergeTemplates(template, base);
    for (const one of params) {
      try {
        applications.push(renderApplication(merged, one, settings));
      } catch (fault) {
        error ??= fault instanceof Error ? fault.message : String(fault);
      }
    }
  }
  return { applications, error };
}
