package protocol

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"tidegate.dev/renderer/engine"
)

// Server answers requests, one after the other: a Go template cannot be interrupted, so whoever wants to cancel one ends
// the process.
type Server struct {
	Charts *engine.Charts
	// HelmVersion is that of the library.
	HelmVersion string
}

// Serve answers the frames of a stream until it ends. It returns ErrBroken when it cannot tell frames apart any more.
func (s *Server) Serve(in io.Reader, out io.Writer) error {
	for {
		header, payload, err := Read(in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := out.Write(s.Answer(header, payload)); err != nil {
			return err
		}
	}
}

// Answer answers one request with a frame.
func (s *Server) Answer(header, payload []byte) []byte {
	var request Request
	if err := json.Unmarshal(header, &request); err != nil {
		return Encode(Answer{Fault: FaultProtocol, Message: err.Error()}, "")
	}
	switch {
	case request.Do == "greet":
		return Encode(Answer{ID: request.ID, Protocol: Version, Helm: s.HelmVersion}, "")
	case request.Do == "chart":
		return s.takeChart(request, payload)
	case request.Do == "render" && request.Render != nil:
		return s.render(request)
	default:
		message := fmt.Sprintf("cannot do %q; expected greet, chart or render", request.Do)
		return Encode(Answer{ID: request.ID, Fault: FaultProtocol, Message: message}, "")
	}
}

func (s *Server) takeChart(request Request, archive []byte) []byte {
	if err := s.Charts.Add(request.Digest, archive); err != nil {
		return Encode(Answer{ID: request.ID, Fault: FaultChart, Message: err.Error()}, "")
	}
	return Encode(Answer{ID: request.ID}, "")
}

func (s *Server) render(request Request) []byte {
	manifest, err := s.Charts.Render(*request.Render)
	switch {
	case errors.Is(err, engine.ErrUnknownChart):
		return Encode(Answer{ID: request.ID, Fault: FaultUnknownChart, Message: request.Render.Digest}, "")
	case errors.Is(err, engine.ErrOutputTooLarge):
		return Encode(Answer{ID: request.ID, Fault: FaultLimit, Message: err.Error()}, "")
	case err != nil:
		return Encode(Answer{ID: request.ID, Fault: FaultRender, Message: err.Error()}, "")
	default:
		return Encode(Answer{ID: request.ID}, manifest)
	}
}
