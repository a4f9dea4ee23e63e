package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	helm "helm.sh/helm/v4/pkg/engine"
	release "helm.sh/helm/v4/pkg/release/v1"
)

// ErrOutputTooLarge is returned for a manifest over the request's limit.
var ErrOutputTooLarge = errors.New("the manifest is too large")

// Render gives the bytes that `helm template` prints for the request; errors are Helm's own text. Nothing is read besides
// the request: no cluster, no names of hosts, no environment, no files. Returns ErrUnknownChart when the chart has to be
// added first, ErrOutputTooLarge.
func (c *Charts) Render(request Request) (string, error) {
	stored, known := c.get(request.Digest)
	if !known {
		return "", fmt.Errorf("%w %s", ErrUnknownChart, request.Digest)
	}
	prepared, err := c.prepare(stored, request)
	if err != nil {
		return "", err
	}
	files, isDone := stored.templates.execute(prepared.chart, prepared.top)
	if !isDone {
		// Templates may have changed the values: Helm begins anew.
		if prepared, err = c.prepare(stored, request); err != nil {
			return "", err
		}
		if files, err = (helm.Engine{}).Render(prepared.chart, prepared.top); err != nil {
			return "", err
		}
	}
	manifest, err := assemble(prepared.chart, request, files)
	if err == nil && request.OutputBytesMax > 0 && len(manifest) > request.OutputBytesMax {
		return "", fmt.Errorf("%w: %d bytes, %d are allowed", ErrOutputTooLarge, len(manifest), request.OutputBytesMax)
	}
	return manifest, err
}

// prepared is a copy of a chart with its values, for one render, which may change both.
type prepared struct {
	chart *chart.Chart
	top   common.Values
}

func (c *Charts) prepare(stored *storedChart, request Request) (own prepared, err error) {
	defer func() {
		if recovered := recover(); recovered != nil {
			err = fmt.Errorf("helm panicked: %v", recovered)
		}
	}()
	own.chart = copyChart(stored.chart)
	capabilities, err := capabilitiesOf(request)
	if err != nil {
		return own, err
	}
	values, err := c.layers.mergeValues(request)
	if err != nil {
		return own, err
	}
	if err := checkInstallable(own.chart); err != nil {
		return own, err
	}
	if err := chartutil.ValidateReleaseName(request.ReleaseName); err != nil {
		return own, fmt.Errorf("release name check failed: release name %q: %w", request.ReleaseName, err)
	}
	if err := chartutil.ProcessDependencies(own.chart, values); err != nil {
		return own, fmt.Errorf("chart dependencies processing failed: %w", err)
	}
	own.top, err = topValues(own.chart, stored.schemas, request, values, capabilities)
	return own, err
}

func capabilitiesOf(request Request) (*common.Capabilities, error) {
	capabilities := common.DefaultCapabilities.Copy()
	if request.KubeVersion != "" {
		version, err := common.ParseKubeVersion(request.KubeVersion)
		if err != nil {
			return nil, fmt.Errorf("invalid kube version '%s': %w", request.KubeVersion, err)
		}
		capabilities.KubeVersion = *version
	}
	capabilities.APIVersions = slices.Concat(capabilities.APIVersions, request.APIVersions)
	return capabilities, nil
}

func checkInstallable(c *chart.Chart) error {
	if kind := c.Metadata.Type; kind != "" && kind != "application" {
		return fmt.Errorf("%s charts are not installable", kind)
	}
	var missing []string
	for _, wanted := range c.Metadata.Dependencies {
		isPresent := func(present *chart.Chart) bool { return present.Name() == wanted.Name }
		if !slices.ContainsFunc(c.Dependencies(), isPresent) {
			missing = append(missing, wanted.Name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: %s", strings.Join(missing, ", "))
	}
	return nil
}

// topValues gives what templates see at their top.
func topValues(c *chart.Chart, known schemas, request Request, values map[string]any, capabilities *common.Capabilities) (common.Values, error) {
	options := common.ReleaseOptions{Name: request.ReleaseName, Namespace: request.Namespace, Revision: 1, IsInstall: true}
	top, err := util.ToRenderValuesWithSchemaValidation(c, values, options, capabilities, true)
	if err != nil {
		return nil, err
	}
	if !request.SkipSchemaValidation {
		if err := known.validate(c, valuesOf(top)); err != nil {
			return nil, err
		}
	}
	if wanted := c.Metadata.KubeVersion; wanted != "" && !chartutil.IsCompatibleRange(wanted, capabilities.KubeVersion.String()) {
		return nil, fmt.Errorf("chart requires kubeVersion: %s which is incompatible with Kubernetes %s", wanted, capabilities.KubeVersion.Version)
	}
	return top, nil
}

func valuesOf(top common.Values) map[string]any {
	switch values := top["Values"].(type) {
	case common.Values:
		return values
	case map[string]any:
		return values
	default:
		return nil
	}
}

// assemble puts CRDs, manifests in the order of installation and hooks into one text.
func assemble(c *chart.Chart, request Request, files map[string]string) (string, error) {
	for name := range files {
		if strings.HasSuffix(name, "NOTES.txt") {
			delete(files, name)
		}
	}
	hooks, sorted, err := sortManifests(files)
	if err != nil {
		return "", err
	}
	var documents strings.Builder
	if !request.SkipCRDs {
		for _, crd := range c.CRDObjects() {
			writeDocument(&documents, crd.Filename, string(crd.File.Data))
		}
	}
	for _, own := range sorted {
		writeDocument(&documents, own.source, own.text)
	}
	var all strings.Builder
	all.WriteString(strings.TrimSpace(documents.String()))
	all.WriteByte('\n')
	for _, hook := range hooks {
		if request.SkipTests && slices.Contains(hook.Events, release.HookTest) {
			continue
		}
		writeDocument(&all, hook.Path, hook.Manifest)
	}
	return all.String(), nil
}

func writeDocument(text *strings.Builder, source, content string) {
	fmt.Fprintf(text, "---\n# Source: %s\n%s\n", source, content)
}
