package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

// least is the least share of mutants that must be killed.
const least = 0.9

// excuse is the reason why a mutant may survive, and its line in the file.
type excuse struct {
	reason string
	line   int
}

// readExcuses reads the file of the survivors that are expected: what is wrong with
// it is an error that names the line. Its own first paragraph says how it is
// written.
func readExcuses(name string) (map[key]excuse, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	excuses, err := parseExcuses(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s:%w", name, err)
	}
	return excuses, nil
}

// parseExcuses reads entries, set apart by empty lines. A line that begins with "#"
// says nothing.
func parseExcuses(text string) (map[key]excuse, error) {
	excuses := map[key]excuse{}
	var entry []string
	for i, line := range strings.Split(text+"\n", "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		if line != "" {
			entry = append(entry, line)
			continue
		}
		if len(entry) == 0 {
			continue
		}
		first := i + 1 - len(entry)
		keys, reason, err := parseEntry(entry)
		if err != nil {
			return nil, fmt.Errorf("%d: %w", first, err)
		}
		for _, k := range keys {
			if _, again := excuses[k]; again {
				return nil, fmt.Errorf("%d: excuses %s again", first, k)
			}
			excuses[k] = excuse{reason, first}
		}
		entry = nil
	}
	return excuses, nil
}

// parseEntry reads one entry: the file and the function, the code before and after,
// any number of times, and the reason.
func parseEntry(lines []string) (keys []key, reason string, err error) {
	file, function, ok := strings.Cut(lines[0], " ")
	if !ok {
		return nil, "", errors.New("the first line of an entry is a file and a function")
	}
	k := key{file: file, function: function, n: 1}
	for _, line := range lines[1:] {
		mark, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case reason == "" && mark == "-":
			k.before = rest
		case reason == "" && mark == "+" && k.before != "":
			k.after, k.n = nth(rest)
			keys = append(keys, k)
		default:
			reason = strings.TrimSpace(reason + " " + strings.TrimSpace(line))
		}
	}
	if len(keys) == 0 || reason == "" {
		return nil, "", errors.New("an entry has lines with -, with + and with a reason")
	}
	return keys, reason, nil
}

// nth reads the code after, which "(2nd)" and so on may follow.
func nth(text string) (string, int) {
	for n := 2; n < 10; n++ {
		if code, ok := strings.CutSuffix(text, " "+ordinal(n)); ok {
			return code, n
		}
	}
	return text, 1
}

func ordinal(n int) string {
	switch n {
	case 2:
		return "(2nd)"
	case 3:
		return "(3rd)"
	default:
		return fmt.Sprintf("(%dth)", n)
	}
}

// String is how the file of survivors has it.
func (k key) String() string {
	text := fmt.Sprintf("%s %s\n  - %s\n  + %s", k.file, k.function, k.before, k.after)
	if k.n > 1 {
		text += " " + ordinal(k.n)
	}
	return text
}

// report prints the survivors and the counts, and returns what is wrong with single
// mutants.
func report(out io.Writer, mutants []mutant, survivors map[int]bool, excuses map[key]excuse) error {
	var errs []error
	excused := 0
	for _, m := range mutants {
		e, listed := excuses[m.key]
		switch {
		case survivors[m.number] && listed:
			excused++
			fmt.Fprintf(out, "excused  %s: %s\n", m, e.reason)
		case survivors[m.number]:
			fmt.Fprintf(out, "SURVIVED %s\n", m)
		case listed:
			errs = append(errs, fmt.Errorf("survivors.txt:%d: the mutant is killed: %s", e.line, m))
		}
	}
	killed, survived := len(mutants)-len(survivors), len(survivors)-excused
	fmt.Fprintf(out, "mutants=%d killed=%d survived=%d excused=%d\n", len(mutants), killed, survived, excused)
	if survived > 0 {
		errs = append(errs, fmt.Errorf("%d mutants survive without an excuse", survived))
	}
	return errors.Join(errs...)
}

// judge returns what is wrong with all mutants of some packages together.
func judge(mutants []mutant, survivors map[int]bool, excuses map[key]excuse) error {
	errs := unknown(mutants, excuses)
	if killed := len(mutants) - len(survivors); float64(killed) < least*float64(len(mutants)) {
		errs = append(errs, fmt.Errorf("%d of %d mutants are killed, fewer than nine of ten", killed, len(mutants)))
	}
	return errors.Join(errs...)
}

// unknown are the excuses for mutants that are not there, in the packages of mutants.
func unknown(mutants []mutant, excuses map[key]excuse) (errs []error) {
	dirs, there := map[string]bool{}, map[key]bool{}
	for _, m := range mutants {
		dirs[m.dir], there[m.key] = true, true
	}
	for k, e := range excuses {
		if dirs[path.Dir(k.file)] && !there[k] {
			errs = append(errs, fmt.Errorf("survivors.txt:%d: there is no such mutant: %s", e.line, k))
		}
	}
	return errs
}
