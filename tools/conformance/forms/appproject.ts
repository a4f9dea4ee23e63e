import { matchPattern } from '../../../packages/core/src/argocd/globs/index.ts';
import {
  permitsDestination,
  permitsKind,
  permitsSource,
  policyFault,
  projectFault,
  type AppProjectSpec,
  type Destination,
  type ProjectDestination,
} from '../../../packages/core/src/argocd/projects/index.ts';
import { differences, missingText } from '../compare.ts';
import { defineForm, type ConformanceForm, type Difference } from '../form.ts';
import { setPath } from '../set-path.ts';

interface SourceCase {
  readonly sourceRepos: readonly string[];
  readonly repoURL: string;
  readonly permitted: boolean;
}

interface DestinationCase {
  readonly destinations: readonly ProjectDestination[];
  readonly destination: Destination;
  readonly permitted: boolean;
  readonly permitOnlyProjectScopedClusters?: boolean;
  readonly projectClusters?: readonly Destination[];
}

interface KindCase {
  readonly project: AppProjectSpec;
  readonly group: string;
  readonly kind: string;
  readonly name?: string;
  readonly namespaced: boolean;
  readonly permitted: boolean;
}

interface PatternCase {
  readonly pattern: string;
  readonly value: string;
  readonly allowNegation?: boolean;
  readonly expected: boolean;
}

interface Validity {
  readonly valid: boolean;
  readonly errorContains?: string;
}

function checkFault({ valid, errorContains }: Validity, fault: string | undefined): Difference[] {
  return [
    ...differences(valid, fault === undefined, 'valid'),
    ...(errorContains === undefined ? [] : missingText(errorContains, fault, 'errorContains')),
  ];
}

const projectName = 'my-proj';
const roleName = 'my-role';

/** What AppProjects permit, and what is wrong with them. */
export const forms: readonly ConformanceForm[] = [
  defineForm<SourceCase>({
    name: 'permitted sources',
    key: 'sourcePermitted',
    fields: ['sourceRepos', 'repoURL', 'permitted'],
    run: ({ sourceRepos, repoURL, permitted }) =>
      differences(permitted, permitsSource({ sourceRepos }, repoURL).permitted, 'permitted'),
  }),
  defineForm<DestinationCase>({
    name: 'permitted destinations',
    key: 'destinationPermitted',
    fields: ['destinations', 'destination', 'permitted'],
    run: (one) => {
      const { destinations, destination, projectClusters = [] } = one;
      const spec = {
        destinations,
        permitOnlyProjectScopedClusters: one.permitOnlyProjectScopedClusters === true,
      };
      const got = permitsDestination(spec, destination, projectClusters).permitted;
      return differences(one.permitted, got, 'permitted');
    },
  }),
  defineForm<KindCase>({
    name: 'permitted kinds',
    key: 'groupKindPermitted',
    fields: ['project', 'group', 'kind', 'namespaced', 'permitted'],
    run: ({ project, group, kind, name = '', namespaced, permitted }) => {
      const got = permitsKind(project, { group, kind, name, isNamespaced: namespaced });
      return differences(permitted, got.permitted, 'permitted');
    },
  }),
  defineForm<PatternCase>({
    name: 'patterns of projects',
    key: 'globMatch',
    fields: ['pattern', 'value', 'expected'],
    run: ({ pattern, value, allowNegation = false, expected }) =>
      differences(expected, matchPattern(pattern, value, { allowNegation }), 'expected'),
  }),
  defineForm<Validity & { readonly field: string; readonly value: unknown }>({
    name: 'validation of projects',
    key: 'validateProject',
    fields: ['field', 'value', 'valid'],
    run: (one) => {
      const base = { destinations: [{}], roles: [{ name: roleName }], sourceRepos: [] };
      const spec = setPath(base, one.field, one.value) as AppProjectSpec;
      return checkFault(one, projectFault({ name: projectName, spec }));
    },
  }),
  defineForm<Validity & { readonly policy: string }>({
    name: 'policies of roles',
    key: 'rolePolicies',
    fields: ['policy', 'valid'],
    run: (one) => {
      const fault = policyFault(one.policy, { project: projectName, role: roleName });
      return checkFault(one, fault);
    },
  }),
];
