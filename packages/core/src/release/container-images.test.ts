import { describe, expect, it } from 'vitest';
import { InputError } from '../errors/tidegate-error.ts';
import { containerImages } from './container-images.ts';

const images = (text: string): string[] => containerImages(text, 'manifests.yaml');
const json = (value: unknown): string[] => images(JSON.stringify(value));
const podSpec = { containers: [{ name: 'a', image: 'a.example/a:1' }] };

describe('containerImages', () => {
  it.each(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job'])('reads a %s', (kind) => {
    expect(json({ kind, spec: { template: { spec: podSpec } } })).toStrictEqual(['a.example/a:1']);
  });

  it.each<[string, unknown]>([
    ['a Pod', { kind: 'Pod', spec: podSpec }],
    ['a CronJob', { kind: 'CronJob', spec: { jobTemplate: { spec: { template: podSpec } } } }],
    ['a PodTemplate', { kind: 'PodTemplate', template: { spec: podSpec } }],
    ['a List', { kind: 'List', items: [{ kind: 'Pod', spec: podSpec }] }],
    ['a custom resource', { kind: 'Ledger', spec: { peers: [{ pod: podSpec }] } }],
  ])('reads %s', (_, object) => {
    expect(json(object)).toStrictEqual(['a.example/a:1']);
  });

  it('gives the images of all kinds of containers and documents once each, sorted', () => {
    const text = `# rendered
kind: Pod
spec:
  initContainers:
    - {name: i, image: "b.example/init:1"}
  containers:
    - {name: a, image: "c.example/a:2"}
    - {name: b, image: "c.example/a:10"}
  ephemeralContainers:
    - {name: e, image: a.example/debug}
---
---
kind: Pod
spec: {containers: [{name: a, image: "c.example/a:2"}]}
`;

    expect(images(text)).toStrictEqual([
      'a.example/debug',
      'b.example/init:1',
      'c.example/a:10',
      'c.example/a:2',
    ]);
  });

  it('finds containers that an alias stands for', () => {
    expect(
      images('x: &c [{image: a:1}]\nspec: {containers: *c, initContainers: *c}\n'),
    ).toStrictEqual(['a:1']);
  });

  it.each([
    ['nothing', ''],
    ['a comment', '# nothing\n---\n'],
    ['a scalar', 'containers'],
    ['null', 'containers: null'],
    ['a schema', 'properties: {containers: {type: array, items: {properties: {image: {}}}}}'],
    ['texts', 'containers: [image, 7, null, [image]]'],
    ['images that are no text', 'containers: [{image: 7}, {image: {tag: x}}, {image: ""}, {}]'],
    ['an image elsewhere', 'spec: {image: a:1, images: [{image: b:1}]}'],
    ['manifests in a text', 'data: {pod.yaml: "containers: [{image: a:1}]"}'],
    ['a prototype', '__proto__: {image: a:1}\nconstructor: {image: a:1}'],
  ])('finds none in %s', (_, text) => {
    expect(images(text)).toStrictEqual([]);
  });

  it('refuses what is not YAML, and says where', () => {
    let error: unknown;
    try {
      images('a: 1\n---\nb: [');
    } catch (thrown) {
      error = thrown;
    }

    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).position).toMatchObject({ file: 'manifests.yaml', line: 3 });
  });
});
