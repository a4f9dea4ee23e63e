/** Variables of the build environment, such as `ARGOCD_APP_NAME`. */
export type BuildEnvironment = Readonly<Record<string, string>>;

const reference =
  /\$(?:\{(?<special>[*#$@!?\-0-9])\}|\{(?<braced>[^}]*)\}|(?<open>\{)|(?<one>[*#$@!?\-0-9])|(?<plain>[A-Za-z0-9_]+))/g;

/**
 * Fills in `$NAME` and `${NAME}` as Argo CD does with Go's `os.Expand`: what is not there is empty, `$$` is a
 * dollar sign, and a dollar sign before anything else stays.
 *
 * See https://pkg.go.dev/os#Expand and https://argo-cd.readthedocs.io/en/stable/user-guide/build-environment/.
 */
export function expandEnvironment(text: string, environment: BuildEnvironment): string {
  return text.replace(reference, (...args) => {
    const groups = args.at(-1) as Readonly<Record<string, string | undefined>>;
    const name = groups['special'] ?? groups['braced'] ?? groups['one'] ?? groups['plain'] ?? '';
    if (name === '$' || name === '') return name;
    return Object.hasOwn(environment, name) ? (environment[name] ?? '') : '';
  });
}
