package engine

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
)

// fragments of lines: plain ones, and what is like them but is not.
var fragments = []string{
	"kind: ConfigMap", "kind: Zebra", "kind: true", "kind: \"Pod\"", "Kind: Service", "kind:", "apiVersion: v1", "apiVersion: 1",
	"metadata:", "metadata: {}", "Metadata:", "name: a", "name:", "name: [a]", "annotations:", "annotations: {}", "Annotations:",
	"a.b/c: \"1\"", "labels:", "spec:", "a: 1", "b: text with, commas [and] {more}", "c: it's", "d: 'it''s'", "d: 'it's'", "e: \"x\\ty\"",
	"e: \"x\\qy\"", "f: \"open", "g: a: b", "h: a #b", "i: a#b", "j: .nan", "j: -.inf", "k: 1e999", "l: &x y", "m: *x", "n: !!binary x",
	"<<: {a: 1}", "null: 1", "~: 1", "true: 1", "? x", "o: {a: b}", "p: [a, -b, --c=d, \"e\"]", "p: [a, b", "p: [a, {b: c}]", "p: [a: b]",
	"p: [ ]", "p: []", "q: |", "q: |-", "q: >+", "q: |2", "r: 2001-01-01", "r: 12:30:45", "r: 0x1F", "r: 0o17", "r: 99999999999999999999999",
	"- a", "- a: 1", "- b:", "-", "- - a", "-  a: 1", "- --flag=x", "- -c", "- ---", "- kind: x", "- |", "- \"x\": 1", "\"x\": 1", "x : 1",
	"x:1", "# comment", "", "   ", "text", "@x", "`x", "%x: 1", "y: %x", "- http://x:80/", "u: http://x/:", "tab:\t1", "\tx: 1", "\u00fc: 1",
	"z: \u2028", "helm.sh/hook: test", "helm.sh/hook: never", "...", "w: -", "w: - a", "w: ?", "w: a ", "w:  a", "w: {}", "w: {} #", "w: 'a' b",
}

func randomDocument(random *rand.Rand) string {
	var text strings.Builder
	indent := 0
	for range 1 + random.IntN(9) {
		text.WriteString(strings.Repeat(" ", indent))
		line := fragments[random.IntN(len(fragments))]
		text.WriteString(line + "\n")
		if strings.HasSuffix(line, ":") || random.IntN(6) == 0 {
			indent += 2 * random.IntN(2)
		} else if random.IntN(3) == 0 {
			indent = max(0, indent-1-random.IntN(3))
		}
	}
	return text.String()
}

func TestPlainDocumentsAreWhatHelmReads(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	plain := 0
	for range 200_000 {
		text := strings.TrimLeft(randomDocument(random), " \n\t")
		kind, isPlain := plainKind(text)
		if !isPlain || text == "" {
			continue
		}
		plain++
		hooks, manifests, err := releaseutil.SortManifests(map[string]string{"a.yaml": text}, nil, releaseutil.InstallOrder)
		if err != nil || len(hooks) > 0 || len(manifests) != 1 || manifests[0].Head.Kind != kind {
			t.Fatalf("%q is not plain: %v %v", text, err, manifests)
		}
	}
	if plain < 5_000 {
		t.Errorf("only %d documents were plain", plain)
	}
}

func TestPlainKind(t *testing.T) {
	cases := []struct {
		document string
		kind     string
		isPlain  bool
	}{
		{"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\n  labels: {}\nspec:\n  args: [-c, \"x\"]\n  items:\n  - name: a\n    value: \"b\"\n  - key: c\n", "Deployment", true},
		{"kind: ConfigMap\ndata:\n  a: |\n    any: [thing\n\n      - at all\n  b: \"x\\n\"\n", "ConfigMap", true},
		{"# nothing\n", "", true},
		{"kind: ConfigMap\ndata:\n  a: |\n    x\n   y\n", "", false},
		{"kind: ConfigMap\nkind: Secret\n", "", false},
		{"kind: Yes\n", "", false},
		{"kind: ConfigMap\nmetadata:\n  annotations:\n    a: [b]\n", "", false},
		{"kind: ConfigMap\nmetadata:\n  annotations:\n    helm.sh/hook: test\n", "", false},
		{"kind: ConfigMap\na: b\n  c: d\n", "", false},
		{"kind: ConfigMap\na:\n  b:\n- c\n", "", false},
	}
	for _, c := range cases {
		kind, isPlain := plainKind(c.document)
		if isPlain != c.isPlain || isPlain && kind != c.kind {
			t.Errorf("%q: got %q, %v", c.document, kind, isPlain)
		}
	}
}

func TestSplit(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	parts := []string{"---", "\n---", "---\n", "\n", " ", "\t", "a", "a: b", "-", "\r\n", "\v", "\u00a0", "\u0085", "# c", "--- # c"}
	for range 100_000 {
		var content strings.Builder
		for range random.IntN(12) {
			content.WriteString(parts[random.IntN(len(parts))])
		}
		byKey := releaseutil.SplitManifests(content.String())
		expected := make([]string, len(byKey))
		for i := range expected {
			expected[i] = byKey[fmt.Sprintf("manifest-%d", i)]
		}
		if got := split(content.String()); !slices.Equal(got, expected) {
			t.Fatalf("%q: got %q, expected %q", content.String(), got, expected)
		}
	}
}

func TestManifestsAreSortedAsHelmSortsThem(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	kinds := slices.Concat(releaseutil.InstallOrder, []string{"Zebra", "Apple", "Middle", "zebra"})
	for range 300 {
		files := map[string]string{}
		for range 1 + random.IntN(6) {
			var content strings.Builder
			for range random.IntN(4) {
				fmt.Fprintf(&content, "---\napiVersion: v1\nkind: %s\nmetadata:\n  name: n%d\n", kinds[random.IntN(len(kinds))], random.IntN(100))
				if random.IntN(4) == 0 {
					fmt.Fprintf(&content, "  annotations:\n    helm.sh/hook: %s\n", []string{"test", "pre-install,post-install", "never"}[random.IntN(3)])
				}
			}
			files[fmt.Sprintf("templates/%d.yaml", random.IntN(20))] = content.String()
		}
		hooks, documents, err := sortManifests(maps.Clone(files))
		expectedHooks, expected, expectedErr := sortByHelm(files)
		if err != nil || expectedErr != nil {
			t.Fatal(err, expectedErr)
		}
		if !slices.Equal(documents, expected) {
			t.Fatalf("%v:\ngot %v\nexpected %v", files, documents, expected)
		}
		for i, hook := range expectedHooks {
			if len(hooks) != len(expectedHooks) || hooks[i].Manifest != hook.Manifest || hooks[i].Path != hook.Path {
				t.Fatalf("%v: other hooks", files)
			}
		}
	}
}
