package engine

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode"

	release "helm.sh/helm/v4/pkg/release/v1"
	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
)

// document is a manifest and where it comes from.
type document struct {
	source string
	kind   string
	text   string
}

// sortManifests is Helm's SortManifests, which reads every document whole, by way of JSON, for the few fields that it sorts
// by. Here a document in plain YAML is only looked over, and Helm reads the others. When anything is wrong Helm does it all:
// then the error is Helm's own.
func sortManifests(files map[string]string) ([]*release.Hook, []document, error) {
	var hooks []*release.Hook
	var documents []document
	for _, source := range slices.Sorted(maps.Keys(files)) {
		if isPartial(source) {
			continue
		}
		for _, text := range split(files[source]) {
			if kind, isPlain := plainKind(text); isPlain {
				documents = append(documents, document{source, kind, text})
				continue
			}
			ownHooks, own, err := readByHelm(source, text)
			if err != nil {
				return sortByHelm(files)
			}
			hooks, documents = append(hooks, ownHooks...), append(documents, own...)
		}
	}
	sortByKind(hooks, func(hook *release.Hook) string { return hook.Kind })
	sortByKind(documents, func(own document) string { return own.kind })
	return hooks, documents, nil
}

func sortByHelm(files map[string]string) ([]*release.Hook, []document, error) {
	hooks, manifests, err := releaseutil.SortManifests(files, nil, releaseutil.InstallOrder)
	documents := make([]document, 0, len(manifests))
	for _, manifest := range manifests {
		documents = append(documents, document{manifest.Name, manifest.Head.Kind, manifest.Content})
	}
	return hooks, documents, err
}

func readByHelm(source, text string) ([]*release.Hook, []document, error) {
	return sortByHelm(map[string]string{source: text})
}

var installOrder = func() map[string]int {
	order := make(map[string]int, len(releaseutil.InstallOrder))
	for index, kind := range releaseutil.InstallOrder {
		order[kind] = index
	}
	return order
}()

// sortByKind sorts in the order of installation, then unknown kinds by name. What is of one kind stays as it is.
func sortByKind[T any](items []T, kindOf func(T) string) {
	slices.SortStableFunc(items, func(a, b T) int {
		kindA, kindB := kindOf(a), kindOf(b)
		indexA, isKnownA := installOrder[kindA]
		indexB, isKnownB := installOrder[kindB]
		switch {
		case isKnownA && isKnownB:
			return cmp.Compare(indexA, indexB)
		case isKnownA:
			return -1
		case isKnownB:
			return 1
		default:
			return cmp.Compare(kindA, kindB)
		}
	})
}

// whitespace is what Helm's expression for separators, `(?:^|\s*\n)---\s*`, takes for it.
const whitespace = "\t\n\f\r "

// split gives the documents of a file as Helm's SplitManifests does.
func split(content string) []string {
	var documents []string
	add := func(document string) {
		if document = strings.TrimLeftFunc(document, unicode.IsSpace); document != "" {
			documents = append(documents, document)
		}
	}
	rest := strings.TrimLeftFunc(content, unicode.IsSpace)
	if after, isSeparator := strings.CutPrefix(rest, "---"); isSeparator {
		rest = strings.TrimLeft(after, whitespace)
	}
	for {
		document, after, isSeparated := strings.Cut(rest, "\n---")
		if !isSeparated {
			add(rest)
			return documents
		}
		add(strings.TrimRight(document, whitespace))
		rest = strings.TrimLeft(after, whitespace)
	}
}
