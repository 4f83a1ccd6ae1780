package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a program that runs beside this one, and ends with it.
type process struct {
	name     string
	cmd      *exec.Cmd
	out      *bufio.Reader
	lifeline io.WriteCloser // its input
	log      *os.File       // what it writes to stderr
}

// start starts a program with nothing in its environment but env and where things
// are found.
func start(name, dir string, env []string, program string, args ...string) (p *process, err error) {
	p = &process{name: name, cmd: exec.Command(program, args...)}
	if p.log, err = os.CreateTemp(dir, name+"-*.log"); err != nil {
		return nil, err
	}
	p.cmd.Stderr = p.log
	p.cmd.Env = append(env, "PATH="+os.Getenv("PATH"), "HOME="+os.Getenv("HOME"))
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if p.lifeline, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	return p, p.cmd.Start()
}

// line is the next line that the process prints.
func (p *process) line() (string, error) {
	line, err := p.out.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("%s has ended: %w", p.name, errors.Join(p.cmd.Wait(), p.complaint()))
	}
	return strings.TrimSuffix(line, "\n"), nil
}

// complaint is the end of what the process wrote to stderr.
func (p *process) complaint() error {
	text, err := os.ReadFile(p.log.Name())
	if err != nil {
		return err
	}
	return errors.New(string(text[max(0, len(text)-2000):]))
}

// stop ends the process with a signal and waits until it has ended. That it had
// ended before is an error.
func (p *process) stop(s syscall.Signal) error {
	defer p.log.Close()
	failed := p.cmd.Process.Signal(s)
	err := p.cmd.Wait()
	status, _ := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if failed == nil && (err == nil || status.Signaled() && status.Signal() == s) {
		return nil
	}
	return fmt.Errorf("%s has ended by itself: %w", p.name, errors.Join(err, p.complaint()))
}

// cpu is the CPU time that the process took so far, which Linux counts in
// hundredths of a second (proc_pid_stat(5)).
func (p *process) cpu() (time.Duration, error) {
	text, err := p.proc("stat")
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(text[strings.LastIndexByte(text, ')'):], " ") // the name may hold anything
	fields := strings.Fields(after)
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond, err
}

// rss is the most memory that the process had so far, in MiB (proc_pid_status(5)).
func (p *process) rss() (float64, error) {
	text, err := p.proc("status")
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(text, "VmHWM:")
	kib, _, _ := strings.Cut(strings.TrimSpace(after), " ")
	n, err := strconv.Atoi(kib)
	return float64(n) / 1024, err
}

func (p *process) proc(file string) (string, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), file))
	if err != nil {
		return "", fmt.Errorf("%s has ended: %w", p.name, p.complaint())
	}
	return string(text), nil
}

// busy is the CPU time that all of the machine took so far (proc_stat(5)).
func busy() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	sum := 0
	for i, field := range strings.Fields(line)[1:9] { // what guests take is in what users take
		n, err := strconv.Atoi(field)
		if err != nil {
			return 0, err
		}
		if i != 3 && i != 4 { // idle and waiting
			sum += n
		}
	}
	return time.Duration(sum) * 10 * time.Millisecond, nil
}
