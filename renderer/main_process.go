//go:build !wasip1

package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	heapBytesMax = 1 << 30
	// Exit codes that the program tells apart.
	exitBroken = 2
	exitMemory = 3
)

func main() {
	os.Clearenv()
	debug.SetMemoryLimit(heapBytesMax * 9 / 10)
	// One renderer runs per core, and most of what a render makes is gone after it: collect seldom, on one thread.
	debug.SetGCPercent(800)
	runtime.GOMAXPROCS(1)
	go watchMemory()
	if err := newServer().Serve(bufio.NewReaderSize(os.Stdin, 1<<20), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitBroken)
	}
}

// watchMemory ends the process before a template that allocates without bound takes the machine with it.
func watchMemory() {
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	for range time.Tick(10 * time.Millisecond) {
		metrics.Read(heap)
		if heap[0].Value.Uint64() > heapBytesMax {
			fmt.Fprintf(os.Stderr, "more than %d MiB of memory\n", heapBytesMax>>20)
			os.Exit(exitMemory)
		}
	}
}
