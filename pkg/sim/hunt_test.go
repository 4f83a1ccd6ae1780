package sim

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// bugVariable names the bug that is on, in a program with the zoo in it.
const bugVariable = "STATLINE_BUG"

// mostSchedules is how many schedules a bug has to hide in.
const mostSchedules = 500

// driveZoo runs every bug until it is caught or has had its schedules, as many bugs
// at a time as there are processors.
func driveZoo() (bool, error) {
	dir, err := os.MkdirTemp("", "zoo")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	program, err := buildZoo(dir)
	if err != nil {
		return false, err
	}
	var mu sync.Mutex
	var hunting sync.WaitGroup
	places := make(chan struct{}, processors())
	caught := 0
	for _, b := range chosen() {
		hunting.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			text, ok, failure := hunt(program, b)
			mu.Lock()
			defer mu.Unlock()
			if ok {
				caught++
			}
			if err == nil {
				err = failure
			}
			fmt.Printf("%-26s %-55s %s\n", b.name, b.issue, text)
		})
	}
	hunting.Wait()
	fmt.Printf("bugs=%d caught=%d\n", len(chosen()), caught)
	return err == nil && caught == len(chosen()), err
}

// chosen are the bugs to run: the one that was named, or all.
func chosen() []bug {
	return slices.DeleteFunc(slices.Clone(zoo), func(b bug) bool { return *bugName != "" && b.name != *bugName })
}

// buildZoo builds this program with all bugs in it.
func buildZoo(dir string) (program string, err error) {
	overlay, err := writeOverlay(dir, zoo)
	if err != nil {
		return "", err
	}
	root, err := repository()
	if err != nil {
		return "", err
	}
	program = filepath.Join(dir, "zoo.test")
	build := exec.Command("go", "test", "-vet=off", "-c", "-overlay="+overlay, "-o", program, "./pkg/sim")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the zoo: %w\n%s", err, out)
	}
	return program, nil
}

// hunt runs schedules with a bug and says what came of it.
func hunt(program string, b bug) (text string, caught bool, err error) {
	args := []string{"-until-broken", fmt.Sprintf("-schedules=%d", mostSchedules), fmt.Sprintf("-seed=%d", *firstSeed), "-shard=0/1"}
	if *rate > 0 {
		args = []string{fmt.Sprintf("-schedules=%d", *rate), fmt.Sprintf("-seed=%d", *firstSeed), "-shard=0/1"}
	}
	var all sum
	err = oneShard(program, args, []string{bugVariable + "=" + b.name}, func(r report) {
		if r.Sum != nil {
			all.merge(*r.Sum)
		}
	})
	var broken []string
	for _, promise := range promises {
		if all.Broken[promise] > 0 {
			broken = append(broken, promise)
		}
	}
	switch caught = len(all.Failures) > 0; {
	case !caught:
		text = fmt.Sprintf("NOT CAUGHT in %d schedules", all.Schedules)
	case *rate > 0:
		text = fmt.Sprintf("caught in %d of %d schedules (%s)", len(all.Failures), all.Schedules, strings.Join(broken, ", "))
	default:
		text = fmt.Sprintf("caught after %d schedules (%s)", all.Schedules, strings.Join(broken, ", "))
	}
	return text, caught, err
}

// driveBug runs what the flags ask for in a program with the zoo in it and one bug
// on.
func driveBug() (bool, error) {
	if !slices.ContainsFunc(zoo, func(b bug) bool { return b.name == *bugName }) {
		return false, fmt.Errorf("--bug %q: there is no such bug", *bugName)
	}
	dir, err := os.MkdirTemp("", "zoo")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	program, err := buildZoo(dir)
	if err != nil {
		return false, err
	}
	cmd := exec.Command(program, os.Args[1:]...)
	cmd.Env = append(os.Environ(), bugVariable+"="+*bugName)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() != 1 {
		return false, err
	}
	return cmd.ProcessState.ExitCode() == 0, nil
}
