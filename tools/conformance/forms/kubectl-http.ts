import { uncoveredForm, type ConformanceForm } from '../form.ts';

/** Sessions of kubectl, and requests with the answers of a Kubernetes API server. */
export const forms: readonly ConformanceForm[] = [
  uncoveredForm('kubectl session', 'cases', ['argv', 'requests'], 'needs the Kubernetes API'),
  uncoveredForm('Kubernetes request', 'cases', ['title', 'requests'], 'needs the Kubernetes API'),
];
