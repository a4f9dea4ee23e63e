import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Which of our packages each package may import. Anything else is a layering error. */
export const layers = {
  core: [],
  node: ['core'],
  kube: ['core'],
  argocd: ['core', 'kube'],
  operator: ['core', 'kube'],
  lab: ['core', 'kube', 'argocd', 'operator'],
  cli: ['core', 'node', 'kube', 'argocd', 'operator', 'lab'],
  web: ['core'],
};
const packages = Object.keys(layers);

/** Packages that must compile and behave the same on any platform: no clock, no randomness, no Node. */
const pure = ['core', 'kube', 'argocd', 'operator', 'lab'];

/** Folders of pure packages that hold their adapters, and so may use Node, and some of our packages beside. */
export const platformFolders = {
  'packages/kube/src/node': { name: 'kube' },
  'packages/argocd/src/node': { name: 'argocd', also: ['node'] },
};

function layerRule(name, { files, platform, also = [] } = {}) {
  const allowed = [...layers[name], ...also];
  const banned = packages.filter((other) => other !== name && !allowed.includes(other));
  const may = allowed.length === 0 ? 'nothing of ours' : allowed.join(', ');
  return {
    files: files ?? [`packages/${name}/src/**/*.{ts,tsx}`],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: banned.flatMap((other) => [`@tidegate/${other}`, `@tidegate/${other}/*`]),
              message: `Package "${name}" may import ${may}.`,
            },
            {
              group: packages.map((other) => `**/packages/${other}/**`),
              message: 'Import another package by its name.',
            },
            ...(pure.includes(name) && platform !== true
              ? [{ group: ['node:*'], message: `Package "${name}" is pure: take a port instead.` }]
              : []),
          ],
        },
      ],
    },
  };
}

/** The same layers, with Node. */
function platformRule(folder, { name, also }) {
  return layerRule(name, { files: [`${folder}/**/*.ts`], platform: true, also });
}

const purity = [
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: 'Take a Clock.',
  },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Take a Clock.' },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'Take a Random.',
  },
];
const exit = {
  selector: "CallExpression[callee.object.name='process'][callee.property.name='exit']",
  message: 'Only packages/cli/src/main.ts ends the process.',
};
const moduleMock = {
  selector: "CallExpression[callee.object.name='vi'][callee.property.name=/^(mock|doMock)$/]",
  message: 'Pass a fake of a port instead of mocking a module.',
};

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/',
      '**/dist/',
      'out/',
      'build/',
      'charts/',
      'examples/',
      '**/cases/',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked.map((config) => ({
    ...config,
    files: ['**/*.ts', '**/*.tsx'],
  })),
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'max-lines': ['error', { max: 500 }],
      'max-params': ['error', 4],
      'max-depth': ['error', 3],
      complexity: ['error', 12],
      'no-console': 'error',
      'no-duplicate-imports': 'error',
      'no-restricted-syntax': ['error', exit, moduleMock],
    },
  },
  ...packages.map((name) => layerRule(name)),
  ...Object.entries(platformFolders).map(([folder, settings]) => platformRule(folder, settings)),
  ...pure.map((name) => ({
    files: [`packages/${name}/src/**/*.ts`],
    ignores: ['**/*.test.ts', ...Object.keys(platformFolders).map((folder) => `${folder}/**`)],
    rules: { 'no-restricted-syntax': ['error', exit, moduleMock, ...purity] },
  })),
  { files: ['packages/cli/src/main.ts'], rules: { 'no-restricted-syntax': ['error', moduleMock] } },
  {
    files: ['**/*.test.ts', '**/test/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      'max-lines': 'off',
      '@typescript-eslint/no-restricted-imports': 'off',
    },
  },
  { files: ['tools/**/*.ts', 'bench/**/*.ts'], rules: { 'no-console': 'off' } },
  {
    files: ['**/*.js'],
    languageOptions: {
      globals: {
        console: 'readonly',
        process: 'readonly',
        URL: 'readonly',
        WebAssembly: 'readonly',
      },
    },
  },
);
