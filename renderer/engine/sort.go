package engine

import (
	"encoding/json"
	"path"
	"sort"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v2"
	release "helm.sh/helm/v4/pkg/release/v1"
	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
)

// sortManifests is Helm's SortManifests, which reads every document whole for the few fields that it sorts by. Here each
// document is read once, without a detour through JSON, and Helm sorts its head in its place. Whatever is not plain goes
// to Helm as it is: then the result, and above all the error, is Helm's own.
func sortManifests(files map[string]string) ([]*release.Hook, []releaseutil.Manifest, error) {
	heads, documents, isPlain := headsOf(files)
	if !isPlain {
		return releaseutil.SortManifests(files, nil, releaseutil.InstallOrder)
	}
	hooks, manifests, err := releaseutil.SortManifests(heads, nil, releaseutil.InstallOrder)
	if err != nil {
		return releaseutil.SortManifests(files, nil, releaseutil.InstallOrder)
	}
	for _, hook := range hooks {
		hook.Manifest = documents[numberOf(hook.Manifest)]
	}
	for i := range manifests {
		manifests[i].Content = documents[numberOf(manifests[i].Content)]
	}
	return hooks, manifests, nil
}

const numberKey = `"number": `

// head is a document reduced to what Helm sorts by. It is JSON, which is YAML too.
type head struct {
	APIVersion string   `json:"apiVersion,omitempty"`
	Kind       string   `json:"kind,omitempty"`
	Metadata   metadata `json:"metadata"`
}

type metadata struct {
	Name        string            `json:"name,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// headsOf gives files with the heads of their documents, and the documents by the number in their heads. It gives up when
// a document cannot be read or its head is anything but texts.
func headsOf(files map[string]string) (map[string]string, []string, bool) {
	heads := make(map[string]string, len(files))
	var documents []string
	for name, content := range files {
		if strings.HasPrefix(path.Base(name), "_") {
			continue
		}
		var reduced strings.Builder
		for _, document := range split(content) {
			own, isPlain := readHead(document)
			if !isPlain {
				return nil, nil, false
			}
			text, err := json.Marshal(own)
			if err != nil {
				return nil, nil, false
			}
			reduced.WriteString("---\n")
			reduced.Write(text[:len(text)-1])
			reduced.WriteString(", " + numberKey + strconv.Itoa(len(documents)) + "}\n")
			documents = append(documents, document)
		}
		heads[name] = reduced.String()
	}
	return heads, documents, true
}

func split(content string) []string {
	if !strings.Contains(content, "---") {
		// Nothing to split at: what Helm does comes down to this.
		document := strings.TrimLeftFunc(content, unicode.IsSpace)
		if document == "" {
			return nil
		}
		return []string{document}
	}
	byKey := releaseutil.SplitManifests(content)
	keys := make([]string, 0, len(byKey))
	for key := range byKey {
		keys = append(keys, key)
	}
	sort.Sort(releaseutil.BySplitManifestsOrder(keys))
	documents := make([]string, 0, len(keys))
	for _, key := range keys {
		documents = append(documents, byKey[key])
	}
	return documents
}

func numberOf(reduced string) int {
	_, text, _ := strings.Cut(reduced, numberKey)
	number, err := strconv.Atoi(strings.TrimRight(text, "}\n "))
	if err != nil {
		panic(err) // The head is ours.
	}
	return number
}

func readHead(document string) (head, bool) {
	var raw struct {
		APIVersion any `yaml:"apiVersion"`
		Kind       any `yaml:"kind"`
		Metadata   struct {
			Name        any         `yaml:"name"`
			Annotations map[any]any `yaml:"annotations"`
		} `yaml:"metadata"`
	}
	if err := yaml.Unmarshal([]byte(document), &raw); err != nil {
		return head{}, false
	}
	apiVersion, isVersion := raw.APIVersion.(string)
	kind, isKind := raw.Kind.(string)
	name, isName := raw.Metadata.Name.(string)
	if !isVersion || !isKind || !isName {
		return head{}, false
	}
	annotations := make(map[string]string, len(raw.Metadata.Annotations))
	for key, value := range raw.Metadata.Annotations {
		keyText, isKey := key.(string)
		valueText, isValue := value.(string)
		if !isKey || !isValue {
			return head{}, false
		}
		// Only Helm's own decide anything.
		if strings.HasPrefix(keyText, "helm.sh/") {
			annotations[keyText] = valueText
		}
	}
	return head{APIVersion: apiVersion, Kind: kind, Metadata: metadata{Name: name, Annotations: annotations}}, true
}
