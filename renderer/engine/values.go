package engine

import (
	"fmt"
	"regexp"
	"strings"

	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/strvals"
)

// mergeValues puts the layers over each other, then the parameters: those of --set before those of --set-string, as
// Helm's command line does whatever their order.
func (l layers) mergeValues(request Request) (map[string]any, error) {
	values := map[string]any{}
	for _, layer := range request.Values {
		own, err := l.parse(layer.Content)
		if err != nil {
			return nil, fmt.Errorf("failed to parse %s: %w", layer.Path, err)
		}
		values = loader.MergeMaps(values, own)
	}
	for _, forceString := range []bool{false, true} {
		if err := setParameters(values, request.Parameters, forceString); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// layers keeps parsed values files by their content: most layers belong to many renders.
type layers map[string]map[string]any

// layersMax is how many are kept; then all are forgotten, which is simpler than to choose and costs little.
const layersMax = 512

// parse gives values that may be changed.
func (l layers) parse(content string) (map[string]any, error) {
	if known, isKnown := l[content]; isKnown {
		return copyMap(known), nil
	}
	parsed, err := loader.LoadValues(strings.NewReader(content))
	if err != nil {
		return nil, err
	}
	if len(l) >= layersMax {
		clear(l)
	}
	l[content] = copyMap(parsed)
	return parsed, nil
}

func setParameters(values map[string]any, parameters []Parameter, forceString bool) error {
	parse, flag := strvals.ParseInto, "--set"
	if forceString {
		parse, flag = strvals.ParseIntoString, "--set-string"
	}
	for _, parameter := range parameters {
		if parameter.ForceString != forceString {
			continue
		}
		if err := parse(parameter.Name+"="+escapeCommas(parameter.Value), values); err != nil {
			return fmt.Errorf("failed parsing %s data: %w", flag, err)
		}
	}
	return nil
}

var bareComma = regexp.MustCompile(`(^|[^\\]),`)

// escapeCommas makes a comma part of the value, as Argo CD does, unless the value is a list in braces.
func escapeCommas(value string) string {
	if strings.HasPrefix(value, "{") && strings.HasSuffix(value, "}") {
		return value
	}
	return bareComma.ReplaceAllString(value, `$1\,`)
}
