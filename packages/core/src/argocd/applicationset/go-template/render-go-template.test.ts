import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refusedFunctions, templateFunctions } from './functions.ts';
import { toGoValue } from './go-value.ts';
import { renderGoTemplate } from './render-go-template.ts';
import { UnsupportedTemplateError } from './template-error.ts';

const data = {
  name: 'node A',
  number: 7,
  big: 1234567,
  none: null,
  list: ['x', 'y', 'z'],
  map: { b: 2, a: 'one', deep: { k: 'v' } },
};

function render(template: string, options: readonly string[] = []): string {
  return renderGoTemplate(template, toGoValue(data), options);
}

describe('Go templates', () => {
  it.each([
    ['{{ .name }}', 'node A'],
    ['a {{- " b" -}}   c', 'a bc'],
    ['{{/* a comment */}}x', 'x'],
    ['{{ .missing }}|{{ .missing.deeper }}|{{ .none }}', '<no value>|<no value>|<no value>'],
    ['{{ .big }} {{ .number }} {{ printf "%.0f" .big }}', '1.234567e+06 7 1234567'],
    ['{{ .map }} {{ .list }}', 'map[a:one b:2 deep:map[k:v]] [x y z]'],
    ['{{ range $i, $x := .list }}{{ $i }}{{ $x }};{{ end }}', '0x;1y;2z;'],
    ['{{ range $k, $v := .map }}{{ $k }};{{ end }}', 'a;b;deep;'],
    ['{{ range .list }}{{ if eq . "y" }}{{ continue }}{{ end }}{{ . }}{{ end }}', 'xz'],
    ['{{ range .list }}{{ if eq . "y" }}{{ break }}{{ end }}{{ . }}{{ end }}', 'x'],
    ['{{ range .nothing }}a{{ else }}b{{ end }}', 'b'],
    ['{{ range 3 }}{{ . }}{{ end }}', '012'],
    ['{{ with .map.deep }}{{ .k }}{{ $.name }}{{ end }}', 'vnode A'],
    ['{{ if .nothing }}a{{ else if .name }}b{{ else }}c{{ end }}', 'b'],
    ['{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}', '2'],
    ['{{ define "t" }}<{{ . }}>{{ end }}{{ template "t" .number }}', '<7>'],
    ['{{ block "b" .map }}{{ .a }}{{ end }}', 'one'],
    ['{{ and .name .number }} {{ or .nothing "x" }} {{ not .name }}', '7 x false'],
    ['{{ index .list 1 }} {{ index .map "deep" "k" }} {{ len .list }}', 'y v 3'],
    ['{{ (index .list 0) | upper | printf "%s-%d" "a" | len }}', '15'],
    ['{{ .list | join "/" | replace "/" "-" | trunc 3 | quote }}', '"x-y"'],
    ['{{ default "d" .nothing }} {{ ternary 1 2 false }} {{ coalesce "" "c" }}', 'd 2 c'],
    ['{{ .name | lower | normalize }} {{ slugify 6 true "some_long.name" }}', 'node-a some'],
    ['{{ toYaml .map | nindent 2 }}', '\n  a: one\n  b: 2\n  deep:\n    k: v'],
    ['{{ (fromYaml "a: [1, yes]").a }}', '[1 true]'],
    [
      '{{ sha256sum "" | trunc 8 }} {{ b64enc "é" }} {{ toJson .map.deep }}',
      'e3b0c442 w6k= {"k":"v"}',
    ],
    ['{{ add 1 .number }} {{ until 3 }} {{ max 1 2.9 }}', '8 [0 1 2] 2'],
    ['{{ regexReplaceAll "([a-z]+) (.)" .name "${2}_$1" }}', 'A_node'],
    ['{{ $d := dict "k" 1 }}{{ $_ := set $d "j" 2 }}{{ $d }}', 'map[j:2 k:1]'],
  ])('%s', (template, expected) => {
    expect(render(template)).toBe(expected);
  });

  it.each([
    ['{{ foo }}', 'function "foo" not defined'],
    ['{{ .name', 'unclosed action'],
    ['a\n{{ end }}', 'base:2: unexpected {{end}}'],
    ['{{ if }}x{{ end }}', 'missing value for if'],
    ['{{ $x }}', 'undefined variable "$x"'],
    ['{{ .name | 1 }}', 'non executable command in pipeline stage 2'],
    ['{{ "a }}', 'unterminated quoted string'],
    ['{{ break }}', '{{break}} outside {{range}}'],
  ])('%s does not parse', (template, message) => {
    expect(() => render(template)).toThrow(`failed to parse template ${template}: template: base:`);
    expect(() => render(template)).toThrow(message);
  });

  it.each([
    [
      '{{ .name.x }}',
      'base:1:8: executing "base" at <.name.x>: can\'t evaluate field x in type interface {}',
    ],
    ['{{ .none.x }}', 'nil pointer evaluating interface {}.x'],
    ['{{ upper .number }}', 'wrong type for value; expected string; got float64'],
    ['{{ trunc .number "x" }}', 'expected int; got float64'],
    ['{{ eq .number 7 }}', 'error calling eq: incompatible types for comparison: float64 and int'],
    ['{{ index .list 9 }}', 'error calling index: index out of range: 9'],
    ['{{ fail "no" }}', 'error calling fail: no'],
    ['{{ template "t" }}', 'template "t" not defined'],
    ['{{ range .name }}{{ end }}', "range can't iterate over node A"],
    ['{{ upper }}', 'wrong number of args for upper: want 1 got 0'],
  ])('%s fails', (template, message) => {
    expect(() => render(template)).toThrow(
      `failed to execute go template ${template}: template: base:`,
    );
    expect(() => render(template)).toThrow(message);
  });

  it('treat missing keys as options say', () => {
    expect(render('[{{ .x }}]', ['missingkey=zero'])).toBe('[<no value>]');
    expect(() => render('{{ .x }}', ['missingkey=error'])).toThrow('map has no entry for key "x"');
    expect(render('{{ .x }}', ['missingkey=error', 'missingkey=default'])).toBe('<no value>');
    expect(() => render('x', ['strict'])).toThrow('unrecognized option: strict');
  });

  it('refuse by name what is not modelled', () => {
    expect(() => render('{{ now }}')).toThrow(
      new UnsupportedTemplateError(
        'function "now" in a template is refused: its result depends on the clock',
      ),
    );
    expect(
      [...refusedFunctions.keys()].filter((name) => templateFunctions.has(name)),
    ).toStrictEqual([]);
  });

  it('leave a text without braces as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!text.includes('{{'));
        expect(render(text)).toBe(text);
      }),
    );
  });

  it('print a text and read its quotes back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const value = toGoValue({ text });
        expect(renderGoTemplate('{{ .text }}', value, [])).toBe(text);
        const quoted = renderGoTemplate('{{ .text | quote }}', value, []);
        expect(renderGoTemplate(`{{ ${quoted} }}`, value, [])).toBe(text);
      }),
    );
  });

  // What Go prints for strings.TrimSuffix(yaml.Marshal(value), "\n"), with sigs.k8s.io/yaml v1.6.0.
  it.each([
    ['\n', 'a: |2+\n'],
    ['\n\n', 'a: |2+\n\n'],
    ['b\n', 'a: |\n  b'],
    ['b\n\n', 'a: |+\n  b\n'],
    [' \n', 'a: " \\n"'],
    ['\nb', 'a: |2-\n\n  b'],
    [' b\n', 'a: |2\n   b'],
  ])('write the text %j without the last line break of the document', (text, expected) => {
    expect(renderGoTemplate('{{ toYaml .value }}', toGoValue({ value: { a: text } }), [])).toBe(
      expected,
    );
  });

  it('write YAML that reads back the same', () => {
    const leaf = fc.oneof(
      fc.string({ unit: fc.constantFrom(...'ab01 -:#\'"\n,.yesnotrue~[]{}&*!|>%@`\\?=<') }),
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e18, max: 1e18 }),
      fc.boolean(),
      fc.constant(null),
    );
    const tree = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(fc.stringMatching(/^[a-z0-9 .:-]{1,6}$/), tie('node'), { maxKeys: 3 }),
      ),
    })).node;
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', 'b'), tree), (value) => {
        // As in Argo CD, toYaml drops a last line break, also one that belongs to a text.
        const copy = '{{ toJson (fromYaml (print (toYaml .value) "\\n")) }}';
        const same = '{{ toJson .value }}';
        const given = toGoValue({ value });
        expect(renderGoTemplate(copy, given, [])).toBe(renderGoTemplate(same, given, []));
      }),
    );
  });
});
