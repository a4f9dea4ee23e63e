package engine

import (
	"path"
	"strings"
	"text/template"
	_ "unsafe" // for go:linkname

	"helm.sh/helm/v4/pkg/chart"
	"helm.sh/helm/v4/pkg/chart/common"
	helm "helm.sh/helm/v4/pkg/engine"
)

// Helm parses all templates of a chart anew in each render, which takes longer than to execute them. What it parses them
// with is not exported and is borrowed here by name, so that functions, scopes and order stay Helm's own. The linker tells
// when a new version of Helm has none of it any more; that a parsed chart renders as Helm renders it is tested.

// renderable has the fields of Helm's type of that name.
type renderable struct {
	tpl      string
	vals     common.Values
	basePath string
}

//go:linkname allTemplates helm.sh/helm/v4/pkg/engine.allTemplates
func allTemplates(c chart.Charter, values common.Values) map[string]renderable

//go:linkname sortTemplates helm.sh/helm/v4/pkg/engine.sortTemplates
func sortTemplates(templates map[string]renderable) []string

//go:linkname initFunMap helm.sh/helm/v4/pkg/engine.Engine.initFunMap
func initFunMap(e helm.Engine, t *template.Template)

// templates keeps the parsed templates of one chart: one set for each choice of dependencies that are switched on.
type templates struct {
	sets []*templateSet
}

// setsMax bounds the choices of dependencies that are kept.
const setsMax = 8

type templateSet struct {
	texts  map[string]string
	names  []string
	parsed *template.Template
}

// execute gives the texts of all files, or false when anything fails: then Helm has to render them in its own way, from
// values that no template has changed yet, and say what is wrong.
func (t *templates) execute(c chart.Charter, top common.Values) (rendered map[string]string, isDone bool) {
	defer func() {
		if recover() != nil {
			t.sets = nil
			rendered, isDone = nil, false
		}
	}()
	all := allTemplates(c, top)
	set := t.setOf(all)
	if set == nil {
		return nil, false
	}
	rendered = make(map[string]string, len(set.names))
	for _, name := range set.names {
		if isPartial(name) {
			continue
		}
		own := all[name]
		own.vals["Template"] = common.Values{"Name": name, "BasePath": own.basePath}
		var text strings.Builder
		if err := set.parsed.ExecuteTemplate(&text, name, own.vals); err != nil {
			return nil, false
		}
		rendered[name] = strings.ReplaceAll(text.String(), "<no value>", "")
	}
	return rendered, true
}

func isPartial(name string) bool {
	return strings.HasPrefix(path.Base(name), "_")
}

// setOf gives the parsed set of exactly these templates, or nil when they cannot be parsed.
func (t *templates) setOf(all map[string]renderable) *templateSet {
	for _, set := range t.sets {
		if set.isOf(all) {
			return set
		}
	}
	set := parseSet(all)
	if set == nil {
		return nil
	}
	if len(t.sets) >= setsMax {
		t.sets = t.sets[1:]
	}
	t.sets = append(t.sets, set)
	return set
}

func (s *templateSet) isOf(all map[string]renderable) bool {
	if len(s.texts) != len(all) {
		return false
	}
	for name, own := range all {
		if text, known := s.texts[name]; !known || text != own.tpl {
			return false
		}
	}
	return true
}

func parseSet(all map[string]renderable) *templateSet {
	set := &templateSet{texts: make(map[string]string, len(all)), names: sortTemplates(all)}
	set.parsed = template.New("gotpl").Option("missingkey=zero")
	initFunMap(helm.Engine{}, set.parsed)
	for _, name := range set.names {
		text := all[name].tpl
		if _, err := set.parsed.New(name).Parse(text); err != nil {
			return nil
		}
		set.texts[name] = text
	}
	return set
}
