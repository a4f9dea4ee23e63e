package engine

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"
)

// archive packs files into a chart archive.
func archive(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var packed bytes.Buffer
	zipped := gzip.NewWriter(&packed)
	writer := tar.NewWriter(zipped)
	for name, content := range files {
		if err := writer.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := writer.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(writer.Close(), zipped.Close()); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

const chartFile = "apiVersion: v2\nname: probe\nversion: 1.0.0\n"

// render renders the files of a chart named probe.
func render(t *testing.T, files map[string]string, request Request) (string, error) {
	t.Helper()
	all := map[string]string{"probe/Chart.yaml": chartFile}
	for name, content := range files {
		all["probe/"+name] = content
	}
	charts := NewCharts(1 << 20)
	if err := charts.Add("probe", archive(t, all)); err != nil {
		return "", err
	}
	request.Digest = "probe"
	if request.ReleaseName == "" {
		request.ReleaseName = "release"
	}
	return charts.Render(request)
}

func TestRender(t *testing.T) {
	cases := []struct {
		name     string
		files    map[string]string
		request  Request
		expected string
	}{
		{
			name:     "names, namespace and capabilities",
			files:    map[string]string{"templates/a.yaml": "kind: A\napiVersion: v1\nmetadata: {name: x}\nis: {{ .Release.Name }} {{ .Release.Namespace }} {{ .Capabilities.KubeVersion.Version }} {{ .Capabilities.APIVersions.Has \"x/v1\" }} {{ .Release.IsInstall }}\n"},
			request:  Request{ReleaseName: "r", Namespace: "n", KubeVersion: "1.36.1", APIVersions: []string{"x/v1"}},
			expected: "---\n# Source: probe/templates/a.yaml\nkind: A\napiVersion: v1\nmetadata: {name: x}\nis: r n v1.36.1 true true\n",
		},
		{
			name:  "later layers, then parameters",
			files: map[string]string{"values.yaml": "a: 0\nb: 0\nc: 0\nd: 0\n", "templates/a.yaml": "v: {{ .Values.a }}{{ .Values.b }}{{ .Values.c }}{{ .Values.d | quote }}\n"},
			request: Request{
				Values:     []Layer{{Path: "1", Content: "b: 1\nc: 1"}, {Path: "2", Content: "c: 2"}},
				Parameters: []Parameter{{Name: "d", Value: "007", ForceString: true}},
			},
			expected: "---\n# Source: probe/templates/a.yaml\nv: 012\"007\"\n",
		},
		{
			name:     "CRDs first, hooks last, notes and partials not at all",
			files:    map[string]string{"crds/c.yaml": "crd: 1\n", "templates/NOTES.txt": "hello", "templates/_x.tpl": "x", "templates/hook.yaml": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: h\n  annotations:\n    helm.sh/hook: test\n", "templates/b.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: b}\n", "templates/z.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: z}\n"},
			expected: "---\n# Source: probe/crds/c.yaml\ncrd: 1\n\n---\n# Source: probe/templates/z.yaml\napiVersion: v1\nkind: Namespace\nmetadata: {name: z}\n\n---\n# Source: probe/templates/b.yaml\napiVersion: v1\nkind: Service\nmetadata: {name: b}\n---\n# Source: probe/templates/hook.yaml\napiVersion: v1\nkind: Pod\nmetadata:\n  name: h\n  annotations:\n    helm.sh/hook: test\n\n",
		},
		{
			name:     "without CRDs and tests",
			files:    map[string]string{"crds/c.yaml": "crd: 1\n", "templates/hook.yaml": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: h\n  annotations:\n    helm.sh/hook: test\n"},
			request:  Request{SkipCRDs: true, SkipTests: true},
			expected: "\n",
		},
		{
			name:     "no cluster, no names of hosts",
			files:    map[string]string{"templates/a.yaml": "v: {{ lookup \"v1\" \"Secret\" \"a\" \"b\" | toJson }}{{ getHostByName \"localhost\" }}\n"},
			expected: "---\n# Source: probe/templates/a.yaml\nv: {}\n",
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			manifest, err := render(t, c.files, c.request)
			if err != nil {
				t.Fatal(err)
			}
			if manifest != c.expected {
				t.Errorf("got\n%q\nexpected\n%q", manifest, c.expected)
			}
		})
	}
}

func TestRenderFaults(t *testing.T) {
	cases := []struct {
		name     string
		files    map[string]string
		request  Request
		expected string
	}{
		{"fail", map[string]string{"templates/a.yaml": `{{ fail "told to" }}`}, Request{}, "execution error at (probe/templates/a.yaml:1:3): told to"},
		{"required", map[string]string{"templates/a.yaml": `{{ required "a is needed" .Values.a }}`}, Request{}, "a is needed"},
		{"parse", map[string]string{"templates/a.yaml": `{{ if }}`}, Request{}, "parse error at (probe/templates/a.yaml:1)"},
		{"no YAML", map[string]string{"templates/a.yaml": "a: b: c\n"}, Request{}, "YAML parse error on probe/templates/a.yaml"},
		{"schema", map[string]string{"values.schema.json": `{"properties":{"a":{"type":"string"}}}`}, Request{Values: []Layer{{Content: "a: 1"}}}, "- at '/a': got number, want string"},
		{"schema that leads outside", map[string]string{"values.schema.json": `{"$ref":"file:///etc/passwd"}`}, Request{}, "refer to nothing outside"},
		{"schema on the network", map[string]string{"values.schema.json": `{"$ref":"http://127.0.0.1:1/x.json"}`}, Request{}, "refer to nothing outside"},
		{"values", nil, Request{Values: []Layer{{Path: "envs/qa/a.yaml", Content: "a: ["}}}, "failed to parse envs/qa/a.yaml"},
		{"parameter", nil, Request{Parameters: []Parameter{{Name: "a[x]", Value: "x"}}}, "failed parsing --set data"},
		{"Kubernetes version", nil, Request{KubeVersion: "new"}, "invalid kube version 'new'"},
		{"release name", nil, Request{ReleaseName: "Not A Name"}, "release name check failed"},
		{"library", map[string]string{"Chart.yaml": chartFile + "type: library\n"}, Request{}, "library charts are not installable"},
		{"dependency", map[string]string{"Chart.yaml": chartFile + "dependencies: [{name: x, version: 1.0.0, repository: 'https://x'}]\n"}, Request{}, "missing in charts/ directory: x"},
		{"output", map[string]string{"templates/a.yaml": "a: {{ repeat 1000 \"x\" }}\n"}, Request{OutputBytesMax: 100}, "the manifest is too large"},
		{"environment", map[string]string{"templates/a.yaml": `{{ env "PATH" }}`}, Request{}, `function "env" not defined`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := render(t, c.files, c.request)
			if err == nil || !strings.Contains(err.Error(), c.expected) {
				t.Errorf("got %v, expected %q", err, c.expected)
			}
		})
	}
}

func TestSchemaIsSkipped(t *testing.T) {
	files := map[string]string{"values.schema.json": `{"required":["a"]}`}
	if _, err := render(t, files, Request{SkipSchemaValidation: true}); err != nil {
		t.Error(err)
	}
}

func TestRenderingLeavesTheStoredChartAlone(t *testing.T) {
	sub := "apiVersion: v2\nname: sub\nversion: 1.0.0\n"
	files := map[string]string{
		"probe/Chart.yaml":                  chartFile + "dependencies: [{name: sub, version: 1.0.0, condition: sub.enabled, alias: other, import-values: [data]}]\n",
		"probe/values.yaml":                 "sub: {enabled: true}\n",
		"probe/templates/a.yaml":            "v: {{ .Values.x }}\n",
		"probe/charts/sub/Chart.yaml":       sub,
		"probe/charts/sub/values.yaml":      "exports: {data: {x: 1}}\n",
		"probe/charts/sub/templates/b.yaml": "s: {{ .Chart.Name }}\n",
	}
	charts := NewCharts(1 << 20)
	if err := charts.Add("probe", archive(t, files)); err != nil {
		t.Fatal(err)
	}
	manifests := map[string]bool{}
	for _, enabled := range []string{"true", "false", "true", "false"} {
		manifest, err := charts.Render(Request{Digest: "probe", ReleaseName: "r", Values: []Layer{{Content: "sub: {enabled: " + enabled + "}"}}})
		if err != nil {
			t.Fatal(err)
		}
		manifests[enabled+manifest] = true
	}
	if len(manifests) != 2 {
		t.Errorf("the same request gave different manifests: %v", manifests)
	}
}

func TestChartsAreBounded(t *testing.T) {
	charts := NewCharts(1)
	for _, digest := range []string{"a", "b"} {
		if err := charts.Add(digest, archive(t, map[string]string{"probe/Chart.yaml": chartFile})); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := charts.Render(Request{Digest: "a"}); !errors.Is(err, ErrUnknownChart) {
		t.Error("the older chart was kept beyond the bound")
	}
	if _, err := charts.Render(Request{Digest: "b", ReleaseName: "r"}); err != nil {
		t.Error("the newest chart was not kept")
	}
}

func TestBrokenArchives(t *testing.T) {
	cases := map[string][]byte{
		"no archive":    []byte("no archive"),
		"no chart":      archive(t, map[string]string{"probe/values.yaml": ""}),
		"leads outside": archive(t, map[string]string{"probe/Chart.yaml": chartFile, "probe/../../escape.yaml": "x"}),
		"bomb":          archive(t, map[string]string{"probe/Chart.yaml": chartFile, "probe/files/big": strings.Repeat("0", 6<<20)}),
	}
	for name, content := range cases {
		t.Run(name, func(t *testing.T) {
			if err := NewCharts(1<<20).Add("x", content); err == nil {
				t.Error("expected it to be refused")
			}
		})
	}
}
