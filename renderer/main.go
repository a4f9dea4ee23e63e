// Command renderer renders Helm charts with Helm's own engine, without a process for each. Built natively it speaks
// frames on standard input and output; built for wasip1 it exports functions that take and give frames in memory.
package main

import (
	"io"
	"log/slog"
	"runtime/debug"

	"tidegate.dev/renderer/engine"
	"tidegate.dev/renderer/protocol"
)

// chartBytesMax is the size of the archives whose charts stay parsed.
const chartBytesMax = 64 << 20

func newServer() *protocol.Server {
	// Helm logs what it merges; nobody reads it here.
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	return &protocol.Server{Charts: engine.NewCharts(chartBytesMax), HelmVersion: helmVersion()}
}

// helmVersion is the version of the library that was built in.
func helmVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, module := range info.Deps {
		if module.Path == "helm.sh/helm/v4" {
			return module.Version
		}
	}
	return "unknown"
}
