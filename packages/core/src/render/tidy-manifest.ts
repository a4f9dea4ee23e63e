/** Header of a block scalar that keeps its trailing line breaks: there blank lines are data. */
const keptBlock = /[|>](?:[1-9]?\+|\+[1-9])[ \t]*(?:#.*)?$/m;

/**
 * Rendered output without blank lines at the ends of its documents. Helm before 4.2 cuts them off,
 * later versions leave what a template happened to end with; for YAML there is no difference.
 */
export function tidyManifest(manifest: string): string {
  if (keptBlock.test(manifest)) return manifest;
  const documents = manifest.split('\n---\n').map((document) => document.trimEnd());
  return `${documents.join('\n---\n')}\n`;
}
