// Package protocol is how the program talks to the renderer: frames on a stream, or in memory where it runs as WASM.
//
// A frame is the length of its header and of its payload, each as four bytes, most significant first; then the header as
// JSON, then the payload as it is.
package protocol

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"tidegate.dev/renderer/engine"
)

// Version changes with the meaning of frames. A program and a renderer of different versions refuse each other.
const Version = 1

const (
	headerBytesMax  = 64 << 20
	payloadBytesMax = 128 << 20
)

// Request is the header of what the program sends. Its payload is a chart archive where a chart is handed over.
type Request struct {
	ID     int64           `json:"id"`
	Do     string          `json:"do"`
	Digest string          `json:"digest,omitempty"`
	Render *engine.Request `json:"render,omitempty"`
}

// Answer is the header of what comes back. Its payload is the manifest of a render.
type Answer struct {
	ID int64 `json:"id"`
	// Fault says what kind of failure it was; empty when it was none.
	Fault   string `json:"fault,omitempty"`
	Message string `json:"message,omitempty"`
	// Protocol and Helm answer a greeting.
	Protocol int    `json:"protocol,omitempty"`
	Helm     string `json:"helm,omitempty"`
}

// Kinds of faults.
const (
	// FaultRender: the chart does not render with these values; the message is Helm's.
	FaultRender = "render"
	// FaultChart: the archive is no chart; the message is Helm's.
	FaultChart = "chart"
	// FaultUnknownChart: the chart has to be handed over first.
	FaultUnknownChart = "unknown-chart"
	// FaultLimit: the manifest is over the request's limit.
	FaultLimit = "limit"
	// FaultProtocol: the request makes no sense.
	FaultProtocol = "protocol"
)

// ErrBroken is returned for a stream that holds no frames.
var ErrBroken = errors.New("broken frame")

// Read reads one frame. It returns io.EOF at the end of the stream and ErrBroken when the frame makes no sense.
func Read(stream io.Reader) (header, payload []byte, err error) {
	var lengths [8]byte
	if _, err := io.ReadFull(stream, lengths[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, nil, fmt.Errorf("%w: it ends in its lengths", ErrBroken)
		}
		return nil, nil, err
	}
	headerBytes := binary.BigEndian.Uint32(lengths[:4])
	payloadBytes := binary.BigEndian.Uint32(lengths[4:])
	if headerBytes > headerBytesMax || payloadBytes > payloadBytesMax {
		return nil, nil, fmt.Errorf("%w: %d and %d bytes are too many", ErrBroken, headerBytes, payloadBytes)
	}
	frame := make([]byte, int(headerBytes)+int(payloadBytes))
	if _, err := io.ReadFull(stream, frame); err != nil {
		return nil, nil, fmt.Errorf("%w: it ends early", ErrBroken)
	}
	return frame[:headerBytes], frame[headerBytes:], nil
}

// Encode makes a frame.
func Encode(answer Answer, payload string) []byte {
	header, err := json.Marshal(answer)
	if err != nil {
		panic(err) // An answer holds texts and numbers only.
	}
	frame := make([]byte, 0, 8+len(header)+len(payload))
	frame = binary.BigEndian.AppendUint32(frame, uint32(len(header)))
	frame = binary.BigEndian.AppendUint32(frame, uint32(len(payload)))
	frame = append(frame, header...)
	return append(frame, payload...)
}
