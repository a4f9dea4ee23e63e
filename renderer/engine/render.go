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
// the request: no cluster, no names of hosts, no environment, no files.
func Render(stored Chart, request Request) (manifest string, err error) {
	c := stored.chart
	defer func() {
		if recovered := recover(); recovered != nil {
			err = fmt.Errorf("helm panicked: %v", recovered)
		}
	}()
	capabilities, err := capabilitiesOf(request)
	if err != nil {
		return "", err
	}
	values, err := stored.layers.mergeValues(request)
	if err != nil {
		return "", err
	}
	if err := checkInstallable(c); err != nil {
		return "", err
	}
	if err := chartutil.ValidateReleaseName(request.ReleaseName); err != nil {
		return "", fmt.Errorf("release name check failed: release name %q: %w", request.ReleaseName, err)
	}
	if err := chartutil.ProcessDependencies(c, values); err != nil {
		return "", fmt.Errorf("chart dependencies processing failed: %w", err)
	}
	files, err := renderFiles(stored, request, values, capabilities)
	if err != nil {
		return "", err
	}
	manifest, err = assemble(c, request, files)
	if err == nil && request.OutputBytesMax > 0 && len(manifest) > request.OutputBytesMax {
		return "", fmt.Errorf("%w: %d bytes, %d are allowed", ErrOutputTooLarge, len(manifest), request.OutputBytesMax)
	}
	return manifest, err
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

func renderFiles(stored Chart, request Request, values map[string]any, capabilities *common.Capabilities) (map[string]string, error) {
	c := stored.chart
	options := common.ReleaseOptions{Name: request.ReleaseName, Namespace: request.Namespace, Revision: 1, IsInstall: true}
	top, err := util.ToRenderValuesWithSchemaValidation(c, values, options, capabilities, true)
	if err != nil {
		return nil, err
	}
	if !request.SkipSchemaValidation {
		if err := stored.schemas.validate(c, valuesOf(top)); err != nil {
			return nil, err
		}
	}
	if wanted := c.Metadata.KubeVersion; wanted != "" && !chartutil.IsCompatibleRange(wanted, capabilities.KubeVersion.String()) {
		return nil, fmt.Errorf("chart requires kubeVersion: %s which is incompatible with Kubernetes %s", wanted, capabilities.KubeVersion.Version)
	}
	files, err := helm.Engine{}.Render(c, top)
	if err != nil {
		return nil, err
	}
	for name := range files {
		if strings.HasSuffix(name, "NOTES.txt") {
			delete(files, name)
		}
	}
	return files, nil
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
	hooks, manifests, err := sortManifests(files)
	if err != nil {
		return "", err
	}
	var documents strings.Builder
	if !request.SkipCRDs {
		for _, crd := range c.CRDObjects() {
			writeDocument(&documents, crd.Filename, string(crd.File.Data))
		}
	}
	for _, manifest := range manifests {
		writeDocument(&documents, manifest.Name, manifest.Content)
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
