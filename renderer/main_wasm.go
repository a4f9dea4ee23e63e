//go:build wasip1

package main

import (
	"bytes"
	"unsafe"

	"tidegate.dev/renderer/protocol"
)

// The host runs the initialisation and then calls the exports; there is nothing to run besides.
func main() {}

var (
	server = newServer()
	// Kept here, so that they are not collected while the host reads or writes them.
	request []byte
	answer  []byte
)

// allocate makes room for a request of that many bytes, which the host then writes.
//
//go:wasmexport allocate
func allocate(size uint32) unsafe.Pointer {
	request = make([]byte, max(size, 1))
	return unsafe.Pointer(&request[0])
}

// handle answers the request that was written, and tells how long the answer is.
//
//go:wasmexport handle
func handle(size uint32) uint32 {
	header, payload, err := protocol.Read(bytes.NewReader(request[:size]))
	if err != nil {
		answer = protocol.Encode(protocol.Answer{Fault: protocol.FaultProtocol, Message: err.Error()}, "")
	} else {
		answer = server.Answer(header, payload)
	}
	request = nil
	return uint32(len(answer))
}

// result is where the answer lies.
//
//go:wasmexport result
func result() unsafe.Pointer {
	return unsafe.Pointer(&answer[0])
}
