import { uncoveredForm, type ConformanceForm } from '../form.ts';

/** Recordings of a running Argo CD: a file is one case. */
export const forms: readonly ConformanceForm[] = [
  uncoveredForm('recording', undefined, ['title', 'settings', 'steps'], 'needs the controllers'),
];
