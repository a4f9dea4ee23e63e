package engine

import "testing"

// many renders one chart with many layers, with one store, and each of them with a store of its own.
func many(t *testing.T, files map[string]string, layers []string) {
	t.Helper()
	packed := archive(t, files)
	kept := NewCharts(1 << 20)
	if err := kept.Add("probe", packed); err != nil {
		t.Fatal(err)
	}
	for _, layer := range layers {
		request := Request{Digest: "probe", ReleaseName: "r", Values: []Layer{{Path: "v", Content: layer}}}
		got, gotErr := kept.Render(request)
		fresh := NewCharts(1 << 20)
		if err := fresh.Add("probe", packed); err != nil {
			t.Fatal(err)
		}
		expected, expectedErr := fresh.Render(request)
		if got != expected || (gotErr == nil) != (expectedErr == nil) || gotErr != nil && gotErr.Error() != expectedErr.Error() {
			t.Errorf("%s: got\n%s %v\nexpected\n%s %v", layer, got, gotErr, expected, expectedErr)
		}
	}
}

func TestParsedTemplatesRenderAsNewOnes(t *testing.T) {
	files := map[string]string{
		"probe/Chart.yaml":       chartFile,
		"probe/templates/_h.tpl": "{{ define \"a\" }}a{{ .Values.x }}{{ end }}{{ define \"deep\" }}{{ if gt (int .n) 0 }}{{ include \"deep\" (dict \"n\" (sub .n 1)) }}{{ end }}.{{ end }}",
		"probe/templates/a.yaml": "{{ if .Values.set }}{{ $_ := set .Values \"x\" \"changed\" }}{{ end }}{{ if .Values.fail }}{{ fail (print \"x is \" .Values.x) }}{{ end }}" +
			"a: {{ include \"a\" . }}\nb: {{ tpl (.Values.tpl | default \"\") . }}\nc: {{ include \"deep\" (dict \"n\" (.Values.n | default 1)) }}\nd: {{ .Template.Name }} {{ .Values.none }}\n",
	}
	defined := "tpl: '{{ define \"a\" }}other{{ end }}{{ include \"a\" . }}'\n"
	many(t, files, []string{
		"x: 1", "set: 1", "x: 1", "set: 1\nfail: 1\nx: 2", "x: 2\nfail: 1", "x: 3", defined, "x: 4", defined + "x: 5",
		"n: 990", "n: 2000", "n: 990", "tpl: '{{ .Values.x'", "x: 6",
	})
}

func TestParsedTemplatesAreThoseOfTheDependenciesThatAreOn(t *testing.T) {
	files := map[string]string{
		"probe/Chart.yaml": chartFile + "dependencies:\n- {name: one, version: 1.0.0, condition: a, alias: other}\n- {name: two, version: 1.0.0, condition: b}\n" +
			"- {name: three, version: 1.0.0, condition: c}\n",
		"probe/templates/x.yaml":              "x: {{ .Chart.Name }}{{ include \"who\" . }}\n",
		"probe/templates/_w.tpl":              "{{ define \"who\" }}root{{ end }}",
		"probe/charts/one/Chart.yaml":         "apiVersion: v2\nname: one\nversion: 1.0.0\n",
		"probe/charts/one/templates/s.yaml":   "one: {{ .Chart.Name }} {{ .Chart.IsRoot }}\n",
		"probe/charts/two/Chart.yaml":         "apiVersion: v2\nname: two\nversion: 1.0.0\n",
		"probe/charts/two/templates/s.yaml":   "two: {{ .Chart.Name }} {{ .Values.v }}\n",
		"probe/charts/three/Chart.yaml":       "apiVersion: v2\nname: three\nversion: 1.0.0\n",
		"probe/charts/three/templates/_t.tpl": "{{ define \"who\" }}three{{ end }}",
	}
	var layers []string
	for range 2 {
		for _, a := range []string{"true", "false"} {
			for _, b := range []string{"true", "false"} {
				for _, c := range []string{"true", "false"} {
					layers = append(layers, "a: "+a+"\nb: "+b+"\nc: "+c+"\ntwo: {v: "+a+"}\n")
				}
			}
		}
	}
	many(t, files, layers)
}
