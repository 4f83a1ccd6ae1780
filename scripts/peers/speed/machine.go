package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/bytedance/sonic"
)

// describe writes what the figures depend on: the processor, the versions and
// what else the machine does. It fails where sonic is only encoding/json.
func describe(w io.Writer, pythons ...*python) error {
	if sonic.APIKind != sonic.UseSonicJSON {
		return errors.New("sonic has no decoder of its own for this Go and processor, so there is nothing to compare with")
	}
	cpu, err := processor()
	if err != nil {
		return err
	}
	var versions []string
	for _, py := range pythons {
		v, err := py.ask("describe")
		if err != nil {
			return err
		}
		versions = append(versions, v)
	}
	fmt.Fprintf(w, "%s, %d cores, %s/%s\n", cpu, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	fmt.Fprintf(w, "%s, sonic %s, %s\n", runtime.Version(), version("github.com/bytedance/sonic"), strings.Join(versions, ", "))
	return printLoad(w, "before")
}

// version returns the version of a module that this program is built with.
func version(path string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "of an unknown version"
	}
	for _, m := range info.Deps {
		if m.Path == path {
			return m.Version
		}
	}
	return "of an unknown version"
}

// processor returns the name of the processor, as Linux has it.
func processor() (string, error) {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "", err
	}
	defer f.Close()
	facts := map[string]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		key, value, _ := strings.Cut(lines.Text(), ":")
		facts[strings.TrimSpace(key)] = strings.TrimSpace(value)
	}
	if facts["model name"] == "" {
		return "a processor without a name", nil
	}
	return fmt.Sprintf("%s, family %s model %s", facts["model name"], facts["cpu family"], facts["model"]), nil
}

// printLoad writes the load averages.
func printLoad(w io.Writer, when string) error {
	load, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "load %s: %s\n", when, strings.Join(strings.Fields(string(load))[:3], " "))
	return nil
}
