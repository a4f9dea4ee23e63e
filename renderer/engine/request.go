// Package engine renders charts with Helm's own library as `helm template` does, and as Argo CD calls it.
package engine

// Request is one render. Charts are named by digest; they are handed over before.
type Request struct {
	Digest               string      `json:"digest"`
	ReleaseName          string      `json:"releaseName"`
	Namespace            string      `json:"namespace"`
	KubeVersion          string      `json:"kubeVersion"`
	APIVersions          []string    `json:"apiVersions"`
	Values               []Layer     `json:"values"`
	Parameters           []Parameter `json:"parameters"`
	SkipCRDs             bool        `json:"skipCrds"`
	SkipTests            bool        `json:"skipTests"`
	SkipSchemaValidation bool        `json:"skipSchemaValidation"`
	// OutputBytesMax is the largest manifest that is handed back. 0: no limit.
	OutputBytesMax int `json:"outputBytesMax"`
}

// Layer is a values file. Later layers win.
type Layer struct {
	// Path names the layer in errors.
	Path    string `json:"path"`
	Content string `json:"content"`
}

// Parameter is an argument of --set, or of --set-string when it is forced to be a text.
type Parameter struct {
	Name        string `json:"name"`
	Value       string `json:"value"`
	ForceString bool   `json:"forceString"`
}
