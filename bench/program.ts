import { fileURLToPath } from 'node:url';

/** The bundled program, as users run it. */
export const program = fileURLToPath(new URL('../packages/cli/bin/tidegate.js', import.meta.url));
