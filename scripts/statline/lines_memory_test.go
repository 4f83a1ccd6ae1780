package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/metrics"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asProgram makes the test's binary the program itself, in a process of its own.
const asProgram = "TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	flag.Parse()
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// serveElsewhere runs local up on the user's data, in another process.
func (c *cli) serveElsewhere() {
	c.t.Helper()
	self, err := os.Executable()
	if err != nil {
		c.t.Fatal(err)
	}
	cmd := exec.Command(self, "local", "up", "--addr", "127.0.0.1:0", "--data", c.data)
	cmd.Env = []string{asProgram + "=1", "HOME=" + c.data}
	says, err := cmd.StderrPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		cmd.Wait()                          // its exit code is not this test's
	})
	lines := bufio.NewReader(says)
	if line, err := lines.ReadString('\n'); err != nil { // it says where it serves it once it does
		c.t.Fatalf("local up: %q, %v", line, err)
	}
	go io.Copy(io.Discard, lines) // ends with the process
}

// memoryLines is how many lines TestLinesMemory sends.
var memoryLines = flag.Int("memorylines", 4000, "how many lines TestLinesMemory sends")

// TestLinesMemory: any number of lines pass through in the same memory. A million
// take seven minutes on two cores:
//
//	go test ./scripts/statline -run LinesMemory -timeout 0 -memorylines 1000000
func TestLinesMemory(t *testing.T) {
	c := newCLI(t)
	c.serveElsewhere()
	in := &endless{most: 2 * *memoryLines}
	peak := peakHeap()
	var errs bytes.Buffer
	code := run(t.Context(), []string{"send", "--local", "--lines", "-", "-o", "jsonl", "--timeout", "10m"}, in, io.Discard, &errs)
	mib := peak() >> 20
	t.Logf("at most %d MiB: %s", mib, &errs)
	if code != 0 || !strings.Contains(errs.String(), fmt.Sprintf("%d results", *memoryLines)) {
		t.Errorf("exit code %d", code)
	}
	if mib > 64 {
		t.Errorf("the heap had %d MiB", mib)
	}
}

// peakHeap watches the heap until the function that it returns is called, which
// returns the most bytes that live objects and garbage not yet swept had.
func peakHeap() (peak func() uint64) {
	runtime.GC()
	stop, most := make(chan struct{}), make(chan uint64)
	go func() {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		var n uint64
		for tick := time.NewTicker(5 * time.Millisecond); ; {
			select {
			case <-tick.C:
				metrics.Read(sample)
				n = max(n, sample[0].Value.Uint64())
			case <-stop:
				tick.Stop()
				most <- n
				return
			}
		}
	}()
	return func() uint64 { close(stop); return <-most }
}
