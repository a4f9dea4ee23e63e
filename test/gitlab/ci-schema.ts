import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

/** Where gitlab-ci-local keeps GitLab's own schema of `.gitlab-ci.yml`; it has no types. */
const schemaModule = 'gitlab-ci-local/src/schema/schema.js';

/** What GitLab's schema says against a configuration: a line for each fault, with its place. */
export async function schemaFaults(config: unknown): Promise<string[]> {
  const validate = await (compiled ??= compileSchema());
  return validate(config)
    ? []
    : (validate.errors ?? []).map(
        ({ instancePath, message = '', params }) =>
          `${instancePath} ${message} ${JSON.stringify(params)}`,
      );
}

let compiled: Promise<ValidateFunction> | undefined;

async function compileSchema(): Promise<ValidateFunction> {
  const { schema } = (await import(schemaModule)) as { schema: Record<string, unknown> };
  const ajv = new Ajv({
    allErrors: true,
    strictTypes: false,
    strictTuples: false,
    allowMatchingProperties: true,
    keywords: ['markdownDescription'],
  });
  addFormats.default(ajv);
  return ajv.compile(schema);
}
