/** Runs every benchmark. `--quick` leaves out rendering 1,000 nodes, which takes minutes. */
for (const name of [
  'start',
  'generate',
  'release',
  'render',
  'renderers',
  'diff',
  'kube',
  'argocd',
] as const) {
  console.log(`\n# ${name}`);
  await import(`./${name}.ts`);
}
