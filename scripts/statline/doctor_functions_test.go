package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/statline/statline/pkg/local"
)

// functions plays the two operations of Lambda that doctor calls, before an endpoint
// that has all else.
type functions struct {
	aws.HTTPClient
	mappings map[string][]map[string]any // by the ARN of their queue
	timeout  int                         // of each function, in seconds
	refuse   string                      // the code that calls are refused with; empty for none
}

func (f *functions) Do(r *http.Request) (*http.Response, error) {
	if !strings.HasPrefix(r.URL.Path, "/2015-03-31/") {
		return f.HTTPClient.Do(r)
	}
	w := httptest.NewRecorder()
	function, ofFunction := strings.CutPrefix(r.URL.Path, "/2015-03-31/functions/")
	switch {
	case f.refuse != "":
		w.Header().Set("X-Amzn-Errortype", f.refuse)
		w.WriteHeader(http.StatusForbidden)
		w.WriteString(`{"Message":"not you"}`)
	case ofFunction:
		name, err := url.PathUnescape(strings.TrimSuffix(function, "/configuration"))
		if err != nil {
			return nil, err
		}
		answer(w, map[string]any{"FunctionName": name, "Timeout": f.timeout})
	default:
		answer(w, map[string]any{"EventSourceMappings": f.mappings[r.URL.Query().Get("EventSourceArn")]})
	}
	return w.Result(), nil
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}

// TestDoctorFunctions: how Lambda hands over messages, broken one thing at a time.
func TestDoctorFunctions(t *testing.T) {
	sound := func() map[string]any {
		return map[string]any{
			"UUID": "14e0db71", "State": "Enabled", "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:statline-stats", "BatchSize": 10,
			"FunctionResponseTypes": []string{"ReportBatchItemFailures"}, "MaximumBatchingWindowInSeconds": 5, "LastProcessingResult": "OK",
		}
	}
	for _, tt := range []struct {
		name      string
		brk       func(f *functions, m map[string]any) []map[string]any
		want, fix string // part of what is said, empty where nothing is wrong, and of the command
	}{
		{"sound", func(_ *functions, m map[string]any) []map[string]any { return []map[string]any{m} }, "", ""},
		{"none", func(*functions, map[string]any) []map[string]any { return nil }, "", ""},
		{"off", func(_ *functions, m map[string]any) []map[string]any {
			m["State"] = "Disabled"
			return []map[string]any{m}
		}, "its mapping is Disabled", "aws lambda update-event-source-mapping --uuid 14e0db71 --enabled --region us-east-1"},
		{"all or nothing", func(_ *functions, m map[string]any) []map[string]any {
			delete(m, "FunctionResponseTypes")
			return []map[string]any{m}
		}, "is deleted with the rest", "aws lambda update-event-source-mapping --uuid 14e0db71 --function-response-types ReportBatchItemFailures --region us-east-1"},
		{"a problem", func(_ *functions, m map[string]any) []map[string]any {
			m["LastProcessingResult"] = "PROBLEM: Function call failed"
			return []map[string]any{m}
		}, "PROBLEM: Function call failed", "terraform -chdir=terraform apply"},
		{"two", func(_ *functions, m map[string]any) []map[string]any { return []map[string]any{m, m} }, "2 functions take from the queue", "terraform"},
		{"a slow function", func(f *functions, m map[string]any) []map[string]any {
			f.timeout = 15
			return []map[string]any{m}
		}, "six times the function's 15 and the window of 5 are 95", `"VisibilityTimeout":"95"`},
		{"a long window", func(_ *functions, m map[string]any) []map[string]any {
			m["MaximumBatchingWindowInSeconds"] = 30
			return []map[string]any{m}
		}, "the window of 30 are 54", `"VisibilityTimeout":"54"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := newOperator(t)
			f := &functions{HTTPClient: o.config.HTTPClient, timeout: 4}
			o.config.HTTPClient = f
			f.mappings = map[string][]map[string]any{o.QueueARN(o.StatsQueue()): tt.brk(f, sound())}
			ill := slices.DeleteFunc(o.doctor(false), func(f finding) bool { return f.Status != faulty })
			if tt.want == "" {
				if len(ill) > 0 {
					t.Errorf("%+v", ill)
				}
				return
			}
			if len(ill) != 1 || ill[0].Check != "function of statline-stats" || !strings.Contains(ill[0].Detail, tt.want) || !strings.Contains(ill[0].Fix, tt.fix) {
				t.Fatalf("%+v, want %q", ill, tt.want)
			}
			if strings.HasPrefix(tt.fix, "aws lambda") {
				f.mappings[o.QueueARN(o.StatsQueue())] = []map[string]any{o.updated(t, ill[0].Fix, f.mappings[o.QueueARN(o.StatsQueue())][0])}
			} else if strings.Contains(tt.fix, "VisibilityTimeout") {
				o.mend(ill[0].Fix)
			} else {
				return // Terraform's: it has one mapping, and a function that runs
			}
			if ill := namesOf(o.doctor(false), faulty); ill != nil {
				t.Errorf("after the fix: %q", ill)
			}
		})
	}
}

// updated is a mapping after a command of the AWS CLI.
func (o *operator) updated(t *testing.T, fix string, m map[string]any) map[string]any {
	t.Helper()
	rest, ok := strings.CutPrefix(fix, "aws lambda update-event-source-mapping --uuid 14e0db71 ")
	if !ok {
		t.Fatal(errors.New(fix))
	}
	if strings.Contains(rest, "--enabled") {
		m["State"] = "Enabling"
	}
	if strings.Contains(rest, "--function-response-types ReportBatchItemFailures") {
		m["FunctionResponseTypes"] = []string{"ReportBatchItemFailures"}
	}
	return m
}

// TestDoctorFunctionsUnseen: who may not look is told so, and a local stack has none.
func TestDoctorFunctionsUnseen(t *testing.T) {
	o := newOperator(t)
	o.config.HTTPClient = &functions{HTTPClient: o.config.HTTPClient, refuse: "AccessDeniedException"}
	ill := o.doctor(false)
	i := slices.IndexFunc(ill, func(f finding) bool { return f.Check == "function of statline-audit" })
	if namesOf(ill, faulty) != nil || i < 0 || !strings.Contains(ill[i].Detail, "not allowed to look") {
		t.Errorf("%+v", ill)
	}
	o.local = true
	if ill := o.doctor(false); slices.ContainsFunc(ill, func(f finding) bool { return strings.HasPrefix(f.Check, "function") }) {
		t.Errorf("%+v", ill)
	}
}

// TestDoctorKeys: what has another key, or none, as AWS says it.
func TestDoctorKeys(t *testing.T) {
	o := newOperator(t)
	const key = "arn:aws:kms:us-east-1:000000000000:key/k"
	o.set("statline-stats", "KmsMasterKeyId", key)
	o.setTopic("KmsMasterKeyId", key)
	d := &doctor{session: o.session, app: o.app}
	for name, look := range map[string]string{"queue": must(d.queue(o.Context(), "statline-stats")), "topic": must(d.topic(o.Context()))} {
		if !strings.Contains(look, "encrypted with "+key) {
			t.Errorf("%s: %s", name, look)
		}
	}
	inaccessible := false
	o.server.Hook(func(c *local.Call, next func() *local.Response) (*local.Response, error) {
		r := next()
		switch {
		case c.Operation == "DescribeTable":
			description := `"SSEDescription":{"Status":"ENABLED","SSEType":"KMS","KMSMasterKeyArn":"` + key + `"}`
			if inaccessible {
				description = strings.Replace(description, "}", `,"InaccessibleEncryptionDateTime":1767225600}`, 1)
			}
			r.Body = []byte(strings.Replace(string(r.Body), `"DeletionProtectionEnabled":false`, `"DeletionProtectionEnabled":true,`+description, 1))
		case c.Operation == "GetBucketEncryption" && inaccessible:
			return local.Refuse(c, 404, "ServerSideEncryptionConfigurationNotFoundError", "none"), nil
		}
		return r, nil
	})
	if got := must(d.table(o.Context())); got != "encrypted with "+key+", protected against deletion" {
		t.Errorf("table: %s", got)
	}
	inaccessible = true
	ill := slices.DeleteFunc(o.doctor(false), func(f finding) bool { return f.Status != faulty })
	if !slices.Equal(namesOf(ill, faulty), []string{"table statline-results", "encryption of the log"}) || !strings.Contains(ill[0].Detail, "may not use its key") {
		t.Fatalf("%+v", ill)
	}
	inaccessible = false
	o.mend(ill[1].Fix)
	if ill := namesOf(o.doctor(false), faulty); ill != nil {
		t.Errorf("after the fix: %q", ill)
	}
}

func must(says string, err error) string {
	if err != nil {
		return err.Error()
	}
	return says
}
