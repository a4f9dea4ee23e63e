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
func mergeValues(request Request) (map[string]any, error) {
	values := map[string]any{}
	for _, layer := range request.Values {
		own, err := loader.LoadValues(strings.NewReader(layer.Content))
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
