import { parseYamlDocuments } from '../yaml/parse-yaml.ts';

const containerLists: readonly string[] = ['containers', 'initContainers', 'ephemeralContainers'];

/**
 * The distinct images of all containers in rendered manifests, sorted. Containers are found wherever
 * a list of them stands, so those of custom resources count as those of a Deployment do. `file` names
 * the text in the InputError that it throws when the text is not YAML.
 */
export function containerImages(manifests: string, file: string): string[] {
  const found = new Set<string>();
  for (const { value } of parseYamlDocuments(manifests, file)) collect(value, found);
  return [...found].sort();
}

function collect(value: unknown, found: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    if (containerLists.includes(key)) addImages(child, found);
    collect(child, found);
  }
}

function addImages(list: unknown, found: Set<string>): void {
  if (!Array.isArray(list)) return;
  for (const container of list as unknown[]) {
    if (typeof container !== 'object' || container === null || !('image' in container)) continue;
    const { image } = container;
    if (typeof image === 'string' && image !== '') found.add(image);
  }
}
