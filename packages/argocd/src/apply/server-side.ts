import { KubeError, type JsonObject } from '@tidegate/kube';
import { type ApplyContext, type Destination, KubectlError, sent } from './context.ts';
import { leaving, printedName, type Printed } from './kubectl-text.ts';
import { clientSideManagers, migrateManagers } from './managed-fields.ts';

/**
 * Applies an object on the server, as `kubectl apply --server-side --force-conflicts` does; what the
 * client applied before in the older way is taken over. Throws KubectlError in kubectl's words.
 */
export async function applyServerSide(
  context: ApplyContext,
  destination: Destination,
  { manager, force }: { readonly manager: string; readonly force: boolean },
): Promise<Printed> {
  if (force)
    throw new KubectlError('error validating options: --force cannot be used with --server-side');
  const { resource } = destination;
  const body = sent(destination);
  const apply = (): Promise<JsonObject> =>
    context.client.apply(resource.type, body, { fieldManager: manager, force: true });
  let applied: JsonObject;
  try {
    applied = await apply();
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    throw new KubectlError(error.message, { cause: error });
  }
  const migrated = await migrate(context, destination, { applied, manager, apply });
  return {
    out: `${printedName(applied)} serverside-applied\n`,
    err: migrated + leaving(applied),
  };
}

interface Migration {
  readonly applied: JsonObject;
  readonly manager: string;
  readonly apply: () => Promise<JsonObject>;
}

/** Takes over what was applied in the older way. A failure is a warning: the next apply tries again. */
async function migrate(
  context: ApplyContext,
  { resource, ref }: Destination,
  { applied, manager, apply }: Migration,
): Promise<string> {
  const from = clientSideManagers(applied);
  let failed = 'server rejected managed fields migration to Server-Side Apply.';
  try {
    const held = { resource, ref, object: applied };
    const { migrated } = await migrateManagers(context, held, { from, to: manager });
    if (!migrated) return '';
    failed = 'failed to re-apply configuration after performing Server-Side Apply migration.';
    await apply();
    return '';
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    return `Warning: ${failed} This is non-fatal and will be retried next time you apply. Error: ${error.message}\n`;
  }
}
