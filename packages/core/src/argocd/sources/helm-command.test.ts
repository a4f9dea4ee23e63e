import { expect, test } from 'vitest';
import { helmTemplateCommand } from './helm-command.ts';

test('everything that Helm is told', () => {
  const command = helmTemplateCommand(
    {
      releaseName: 'shop',
      namespace: 'eu',
      kubeVersion: '1.35.0',
      set: { list: '{a,b}', text: 'a,b\\,c' },
      setString: { word: 'two words' },
      setFile: { file: '/src/values/f.txt' },
      valueFiles: ['/src/values/a.yaml'],
      hasInlineValues: true,
      apiVersions: ['v1'],
      skipSchemaValidation: true,
      skipTests: true,
    },
    ['/src/values'],
  );
  expect(command).toBe(
    'helm template . --name-template shop --namespace eu --kube-version 1.35.0 ' +
      '--set list={a,b} --set text=a\\,b\\,c --set-string "word=two words" --set-file file=./f.txt ' +
      '--values ./a.yaml --values <temp file with values from source.helm.values/valuesObject> ' +
      '--api-versions v1 --include-crds --skip-schema-validation --skip-tests',
  );
});

test('as little as possible', () => {
  expect(helmTemplateCommand({ releaseName: '', skipCrds: true })).toBe(
    'helm template . --name-template ""',
  );
});
