package engine

import (
	"bytes"
	"container/list"
	"errors"
	"maps"
	"slices"

	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
)

// Charts keeps parsed charts by digest, the most recently used ones up to a total size of their archives.
type Charts struct {
	bytesMax int
	bytes    int
	layers   layers
	order    *list.List
	entries  map[string]*list.Element
}

// storedChart is a parsed chart, and what is worked out of it once.
type storedChart struct {
	digest    string
	bytes     int
	chart     *chart.Chart
	schemas   schemas
	templates templates
}

// ErrUnknownChart is returned for a chart that was never added, or is forgotten.
var ErrUnknownChart = errors.New("unknown chart")

// NewCharts makes an empty cache for archives of that many bytes in total.
func NewCharts(bytesMax int) *Charts {
	return &Charts{bytesMax: bytesMax, layers: layers{}, order: list.New(), entries: map[string]*list.Element{}}
}

// Add parses an archive and keeps it. The newest chart is kept however large it is.
func (c *Charts) Add(digest string, archive []byte) error {
	if _, known := c.entries[digest]; known {
		return nil
	}
	parsed, err := loader.LoadArchive(bytes.NewReader(archive))
	if err != nil {
		return err
	}
	c.entries[digest] = c.order.PushFront(&storedChart{
		digest: digest, bytes: len(archive), chart: parsed, schemas: schemas{},
	})
	c.bytes += len(archive)
	for c.bytes > c.bytesMax && c.order.Len() > 1 {
		oldest := c.order.Remove(c.order.Back()).(*storedChart)
		delete(c.entries, oldest.digest)
		c.bytes -= oldest.bytes
	}
	return nil
}

func (c *Charts) get(digest string) (*storedChart, bool) {
	element, known := c.entries[digest]
	if !known {
		return nil, false
	}
	c.order.MoveToFront(element)
	return element.Value.(*storedChart), true
}

// copyChart copies what Helm changes while it renders: dependencies that are switched off or have an alias, values that
// are imported. Templates and files are shared.
func copyChart(original *chart.Chart) *chart.Chart {
	copied := *original
	if original.Metadata != nil {
		metadata := *original.Metadata
		metadata.Dependencies = slices.Clone(metadata.Dependencies)
		for i, dependency := range metadata.Dependencies {
			own := *dependency
			metadata.Dependencies[i] = &own
		}
		metadata.Annotations = maps.Clone(metadata.Annotations)
		copied.Metadata = &metadata
	}
	copied.Values = copyMap(original.Values)
	dependencies := make([]*chart.Chart, 0, len(original.Dependencies()))
	for _, dependency := range original.Dependencies() {
		dependencies = append(dependencies, copyChart(dependency))
	}
	copied.SetDependencies(dependencies...)
	return &copied
}

func copyMap(original map[string]any) map[string]any {
	if original == nil {
		return nil
	}
	copied := make(map[string]any, len(original))
	for key, value := range original {
		copied[key] = copyValue(value)
	}
	return copied
}

func copyValue(value any) any {
	switch own := value.(type) {
	case map[string]any:
		return copyMap(own)
	case []any:
		copied := make([]any, len(own))
		for i, item := range own {
			copied[i] = copyValue(item)
		}
		return copied
	default:
		return value
	}
}
