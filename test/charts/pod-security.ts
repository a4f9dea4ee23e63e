import { containersOf, listAt, mapAt, textAt } from './kubernetes-objects.ts';

const volumeTypes = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

/**
 * Where a pod template breaks the restricted Pod Security Standard
 * (https://kubernetes.io/docs/concepts/security/pod-security-standards/); empty when it keeps it.
 */
export function restrictedFaults(template: unknown): string[] {
  const pod = mapAt(template, 'spec');
  const own = mapAt(pod, 'securityContext');
  return [
    ...['hostNetwork', 'hostPID', 'hostIPC'].filter((key) => pod[key] === true),
    ...listAt(pod, 'volumes').flatMap((volume) =>
      Object.keys(mapAt(volume))
        .filter((key) => key !== 'name' && !volumeTypes.includes(key))
        .map((key) => `volume ${textAt(volume, 'name')} is a ${key}`),
    ),
    ...listAt(own, 'sysctls').map(() => 'sysctls'),
    ...(Object.keys(mapAt(own, 'seLinuxOptions')).length > 0 ? ['seLinuxOptions'] : []),
    ...containersOf(template).flatMap((container) => containerFaults(container, own)),
  ];
}

function containerFaults(container: unknown, pod: Record<string, unknown>): string[] {
  const context = mapAt(container, 'securityContext');
  const inherited = (key: string): unknown => context[key] ?? pod[key];
  const seccomp = textAt(inherited('seccompProfile'), 'type');
  const capabilities = mapAt(context, 'capabilities');
  const added = listAt(capabilities, 'add').filter((name) => name !== 'NET_BIND_SERVICE');
  const faults = [
    ...(context['privileged'] === true ? ['privileged'] : []),
    ...(context['allowPrivilegeEscalation'] === false ? [] : ['allowPrivilegeEscalation']),
    ...(inherited('runAsNonRoot') === true ? [] : ['may run as root']),
    ...(inherited('runAsUser') === 0 ? ['runs as root'] : []),
    ...(['RuntimeDefault', 'Localhost'].includes(seccomp) ? [] : ['no seccomp profile']),
    ...(listAt(capabilities, 'drop').includes('ALL') ? [] : ['keeps capabilities']),
    ...(added.length > 0 ? ['adds capabilities'] : []),
    ...(context['procMount'] === undefined ? [] : ['procMount']),
    ...listAt(container, 'ports')
      .filter((port) => mapAt(port)['hostPort'] !== undefined)
      .map(() => 'hostPort'),
  ];
  return faults.map((fault) => `container ${textAt(container, 'name')}: ${fault}`);
}
