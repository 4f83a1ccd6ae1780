package cloud

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestReadEnvironmentOfLambda: the runtime API in the environment makes a service a
// function.
func TestReadEnvironmentOfLambda(t *testing.T) {
	for api, want := range map[string]bool{"": false, "127.0.0.1:9001": true} {
		t.Setenv(runtimeAPI, api)
		e, err := ReadEnvironment()
		if err != nil || e.Lambda != want {
			t.Errorf("%s=%q: %+v, %v", runtimeAPI, api, e, err)
		}
	}
	if !strings.Contains(variables, runtimeAPI) {
		t.Errorf("--help does not name %s", runtimeAPI)
	}
}

// TestFunctionMemory: a function with little memory is not told that it has more.
func TestFunctionMemory(t *testing.T) {
	for size, want := range map[string]int64{"": math.MaxInt64, "much": math.MaxInt64, "-1": math.MaxInt64, "128": 96 << 20, "10240": 7680 << 20} {
		t.Setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", size)
		if got := functionMemory(); got != want {
			t.Errorf("of %q MB: %d, want %d", size, got, want)
		}
	}
}

// TestReportStart: Lambda is told why a function did not start, in the form it wants.
func TestReportStart(t *testing.T) {
	var path, kind string
	var said struct{ ErrorType, ErrorMessage string }
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, kind = r.Method+" "+r.URL.Path, r.Header.Get("Lambda-Runtime-Function-Error-Type")
		body, err := io.ReadAll(r.Body)
		if err := errors.Join(err, json.Unmarshal(body, &said)); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusAccepted)
	}))
	defer api.Close()
	reportStart(strings.TrimPrefix(api.URL, "http://"), errors.New(`no "stack"`))
	if path != "POST /2018-06-01/runtime/init/error" || kind == "" || said.ErrorType != kind || said.ErrorMessage != `no "stack"` {
		t.Errorf("%s, type %q: %+v", path, kind, said)
	}
}
