declare const TIDEGATE_VERSION: string | undefined;

/** The package's version; the bundler fills it in. */
export const version: string =
  typeof TIDEGATE_VERSION === 'string' ? TIDEGATE_VERSION : '0.0.0-source';
