package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// A python is a running speed.py, which does a work when it is asked to.
type python struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// startPython starts speed.py, which lies in the directory that this runs in.
func startPython(interpreter string) (*python, error) {
	cmd := exec.Command(interpreter, "speed.py")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start Python: %w", err)
	}
	return &python{cmd, in, bufio.NewReader(out)}, nil
}

// time has Python make lists as w has them and do the work, and returns the CPU
// time of one list.
func (p *python) time(function string, w work, seed int) (time.Duration, error) {
	line, err := p.ask(fmt.Sprintf("%s %s %d %d %d", function, w.kind.name, w.size, w.lists, seed))
	if err != nil {
		return 0, err
	}
	var took time.Duration
	if _, err := fmt.Sscan(line, &took); err != nil {
		return 0, fmt.Errorf("the answer %q of Python: %w", line, err)
	}
	return took, nil
}

// ask sends a line and returns the line that answers it.
func (p *python) ask(question string) (string, error) {
	if _, err := fmt.Fprintln(p.in, question); err != nil {
		return "", fmt.Errorf("ask Python: %w", err)
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("the answer of Python to %q: %w", question, err)
	}
	return strings.TrimSpace(line), nil
}

// stop ends Python, which ends with its input.
func (p *python) stop() {
	p.in.Close()
	if err := p.cmd.Wait(); err != nil {
		fmt.Fprintln(os.Stderr, "speed: Python:", err)
	}
}
