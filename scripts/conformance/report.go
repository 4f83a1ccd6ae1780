package main

import (
	"fmt"
	"runtime/debug"
	"strings"
	"time"
)

// text is the result as a line, and for a failure, or where details are asked
// for, the lines below it.
func (r result) text(peer string, verbose bool) string {
	problem := r.problem(peer)
	mark := "pass"
	switch {
	case problem != "":
		mark = "FAIL"
	case r.differs(peer):
		mark = "diff" // as is known of the peer
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %-52s  %s\n", mark, r.name, r.got)
	detail := func(name, value string) { fmt.Fprintf(&b, "      %-6s %s\n", name, value) }
	if problem != "" {
		detail("wrong", problem)
	}
	if problem != "" || mark == "diff" {
		detail("AWS", r.want)
	}
	if problem != "" && r.differs(peer) {
		detail(peer, r.moto)
	}
	if problem != "" && r.refused != "" {
		detail("error", shorten(r.refused, 300))
	}
	if problem != "" || verbose {
		detail("page", r.page)
	}
	if verbose {
		detail("cost", fmt.Sprintf("%d calls, %d ms", r.calls, r.took.Milliseconds()))
	}
	return b.String()
}

// shorten makes one line of at most n bytes of s.
func shorten(s string, n int) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "") + "..."
	}
	return s
}

// summary is what came of a run.
type summary struct {
	results []result
	began   time.Time
	took    time.Duration
	shared  int64 // calls for what the cases share
	residue error // what of that could not be cleaned up
}

func (s summary) failed(peer string) int {
	n := 0
	for _, r := range s.results {
		if r.problem(peer) != "" {
			n++
		}
	}
	if s.residue != nil {
		n++
	}
	return n
}

func (s summary) calls() int64 {
	n := s.shared
	for _, r := range s.results {
		n += r.calls
	}
	return n
}

// text is the end of the report. Its last line says how many passed.
func (s summary) text(peer string) string {
	var b strings.Builder
	known := 0
	for _, r := range s.results {
		if r.differs(peer) && r.problem(peer) == "" {
			known++
		}
	}
	if s.residue != nil {
		fmt.Fprintf(&b, "FAIL  clean up: %v\n", s.residue)
	}
	fmt.Fprintf(&b, "\n%d cases, %d calls, %.1f s", len(s.results), s.calls(), s.took.Seconds())
	if known > 0 {
		fmt.Fprintf(&b, "; %d pass for being as is known of %s, marked diff", known, peer)
	}
	failed := s.failed(peer)
	passed := len(s.results) - failed
	if s.residue != nil {
		passed++ // what is shared is no case
	}
	fmt.Fprintf(&b, "\n%d passed, %d failed\n", passed, failed)
	return b.String()
}

// describe is the beginning of the report.
func (t *target) describe() string {
	measure := "AWS's documentation"
	if t.peer != "" {
		measure += ", and what is known of " + t.peer
	}
	return fmt.Sprintf("endpoint  %s\nregion    %s\naccount   %s\nmeasure   %s\n\n", t.host(), t.region, t.account, measure)
}

// fullReport is a report to keep: every case with all its details.
func fullReport(t *target, s summary) string {
	var b strings.Builder
	fmt.Fprintf(&b, "date      %s\n", s.began.UTC().Format(time.RFC3339))
	b.WriteString(versions())
	b.WriteString(t.describe())
	for _, r := range s.results {
		b.WriteString(r.text(t.peer, true))
	}
	b.WriteString(s.text(t.peer))
	return b.String()
}

// versions are those of Go and of the SDK's service modules.
func versions() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "go        %s\n", info.GoVersion)
	for _, m := range info.Deps {
		if _, service, found := strings.Cut(m.Path, "aws-sdk-go-v2/service/"); found && !strings.Contains(service, "/") {
			fmt.Fprintf(&b, "sdk       %s %s\n", service, m.Version)
		}
	}
	return b.String()
}
