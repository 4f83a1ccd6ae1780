package sqs_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/smithy-go"
)

// refused fails unless err is AWS's error of that code, with a message that has
// the text.
func (f fixture) refused(what string, err error, code, text string) {
	f.Helper()
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		f.Errorf("%s: got %v, want %s", what, err, code)
		return
	}
	if api.ErrorCode() != code || !strings.Contains(api.ErrorMessage(), text) {
		f.Errorf("%s: got %s %q, want %s with %q", what, api.ErrorCode(), api.ErrorMessage(), code, text)
	}
}

func sortedKeys[V any](m map[string]V) string { return fmt.Sprint(slices.Sorted(maps.Keys(m))) }
