import type { ConformanceForm } from '../form.ts';
import { forms as appproject } from './appproject.ts';
import { forms as appset } from './appset.ts';
import { forms as autosync } from './autosync.ts';
import { forms as gitlab } from './gitlab.ts';
import { forms as globs } from './globs.ts';
import { forms as kubectlHttp } from './kubectl-http.ts';
import { forms as kubernetes } from './kubernetes.ts';
import { forms as multiSource } from './multi-source.ts';
import { forms as observed } from './observed.ts';
import { forms as syncWaves } from './sync-waves.ts';
import { forms as syncWindows } from './sync-windows.ts';

/** All forms. A case goes to the first that takes its key and fits. */
export const allForms: readonly ConformanceForm[] = [
  ...observed,
  ...syncWindows,
  ...globs,
  ...appproject,
  ...multiSource,
  ...gitlab,
  ...appset,
  ...autosync,
  ...syncWaves,
  ...kubectlHttp,
  ...kubernetes,
];
