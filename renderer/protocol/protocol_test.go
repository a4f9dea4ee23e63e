package protocol

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"tidegate.dev/renderer/engine"
)

func frame(header string, payload []byte) []byte {
	var encoded []byte
	encoded = binary.BigEndian.AppendUint32(encoded, uint32(len(header)))
	encoded = binary.BigEndian.AppendUint32(encoded, uint32(len(payload)))
	return append(append(encoded, header...), payload...)
}

func newServer() *Server {
	return &Server{Charts: engine.NewCharts(1 << 20), HelmVersion: "v4.0.0"}
}

// ask sends requests and gives the answers.
func ask(t *testing.T, requests ...string) []Answer {
	t.Helper()
	var in, out bytes.Buffer
	for _, request := range requests {
		in.Write(frame(request, nil))
	}
	if err := newServer().Serve(&in, &out); err != nil {
		t.Fatal(err)
	}
	var answers []Answer
	for out.Len() > 0 {
		header, _, err := Read(&out)
		if err != nil {
			t.Fatal(err)
		}
		var answer Answer
		if err := json.Unmarshal(header, &answer); err != nil {
			t.Fatal(err)
		}
		answers = append(answers, answer)
	}
	return answers
}

func TestServer(t *testing.T) {
	cases := []struct {
		request  string
		expected Answer
	}{
		{`{"id":1,"do":"greet"}`, Answer{ID: 1, Protocol: Version, Helm: "v4.0.0"}},
		{`{"id":2,"do":"dance"}`, Answer{ID: 2, Fault: FaultProtocol, Message: `cannot do "dance"; expected greet, chart or render`}},
		{`{"id":3,"do":"render"}`, Answer{ID: 3, Fault: FaultProtocol, Message: `cannot do "render"; expected greet, chart or render`}},
		{`{"id":4,"do":"render","render":{"digest":"x"}}`, Answer{ID: 4, Fault: FaultUnknownChart, Message: "x"}},
	}
	for _, c := range cases {
		if got := ask(t, c.request)[0]; got != c.expected {
			t.Errorf("%s: got %+v", c.request, got)
		}
	}
}

func TestServerGoesOnAfterNonsense(t *testing.T) {
	answers := ask(t, "no JSON", `{"id":7,"do":"chart"}`, `{"id":1,"do":"greet"}`)
	faults := []string{answers[0].Fault, answers[1].Fault, answers[2].Fault}
	if strings.Join(faults, " ") != "protocol chart " {
		t.Errorf("got %v", faults)
	}
}

func TestBrokenStreams(t *testing.T) {
	huge := binary.BigEndian.AppendUint32(nil, 1<<31)
	for name, stream := range map[string][]byte{
		"ends in its lengths": {0, 0, 1},
		"ends early":          frame("{}", nil)[:9],
		"too large":           append(huge, 0, 0, 0, 0),
	} {
		t.Run(name, func(t *testing.T) {
			if err := newServer().Serve(bytes.NewReader(stream), &bytes.Buffer{}); !errors.Is(err, ErrBroken) {
				t.Errorf("got %v", err)
			}
		})
	}
}
