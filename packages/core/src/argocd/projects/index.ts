export type {
  AppProject,
  AppProjectSpec,
  DestinationServiceAccount,
  KindPattern,
  NamedKindPattern,
  ProjectDestination,
  ProjectRole,
} from './app-project.ts';
export {
  permitsApplicationNamespace,
  permitsDestination,
  permitsKind,
  permitsObject,
  permitsSource,
} from './permissions.ts';
export type { Destination, KindQuestion, Permission } from './permissions.ts';
export { policyFault, type PolicyOwner } from './policy-faults.ts';
export { projectFault } from './project-faults.ts';
export { serviceAccountFor, type AccountQuestion, type AccountResult } from './service-account.ts';
export { permissionFaults, type ApplicationQuestion } from './permission-faults.ts';
