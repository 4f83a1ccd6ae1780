package main

import (
	"fmt"
	"slices"
	"time"
)

// testCase is one thing that AWS promises, and how to see whether it is kept.
type testCase struct {
	name string // "sqs/send/empty body"
	page string // title of the page of AWS's documentation that promises it
	want string // what AWS does, as run words it
	moto string // what moto does instead; empty where it does the same
	run  func(b *bench) string
}

// cases are all cases, sorted by service.
func cases() []testCase {
	return slices.Concat(sqsCases(), snsCases(), dynamodbCases(), s3Cases(), stsCases(), absentCases())
}

// each makes a case for every row.
func each[Row any](rows []Row, make func(Row) testCase) []testCase {
	var all []testCase
	for _, row := range rows {
		all = append(all, make(row))
	}
	return all
}

// result is what came of a case.
type result struct {
	testCase
	got     string
	refused string // the latest error of a call, as a hint
	calls   int64
	took    time.Duration
	residue error // what could not be cleaned up
}

// problem says what is wrong with the result where peer answers, empty where
// nothing is.
func (r result) problem(peer string) string {
	switch {
	case r.residue != nil:
		return fmt.Sprintf("left behind: %v", r.residue)
	case r.differs(peer) && r.got == r.want:
		return "does as AWS does: the known difference of moto is gone, take it out of the case"
	case r.got != r.expected(peer):
		return "got " + r.got
	default:
		return ""
	}
}

// differs says whether peer is known to differ from AWS here.
func (r result) differs(peer string) bool { return peer == "moto" && r.moto != "" }

func (r result) expected(peer string) string {
	if r.differs(peer) {
		return r.moto
	}
	return r.want
}
