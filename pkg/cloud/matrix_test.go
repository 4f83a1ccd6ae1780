package cloud_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestWhoMayDoWhat holds the tables of who may do what, in terraform/README.md, to the
// policies that Terraform renders, right by right.
func TestWhoMayDoWhat(t *testing.T) {
	section, _, found := strings.Cut(after(t, readText(t, terraform+"README.md"), "## Who may do what\n"), "\n## ")
	if !found {
		t.Fatal("README.md ends with who may do what")
	}
	got, want := documentedRights(t, section), renderedRights(rendered(t))
	if len(want) < 60 {
		t.Fatalf("%d rights are rendered", len(want))
	}
	same(t, slices.Collect(maps.Keys(got)), slices.Collect(maps.Keys(want)))
}

var quoted = regexp.MustCompile("`([^`]+)`")

// inQuotes are the texts between backquotes.
func inQuotes(cell string) (texts []string) {
	for _, m := range quoted.FindAllStringSubmatch(cell, -1) {
		texts = append(texts, m[1])
	}
	return texts
}

// documentedRights reads the tables: "principal: effect action on resource".
func documentedRights(t *testing.T, section string) map[string]bool {
	t.Helper()
	rights := map[string]bool{}
	action := regexp.MustCompile(`^[a-z0-9]+:[A-Za-z]*\*?$`)
	tables := strings.Split(section, "| principal | may | on |\n|---|---|---|\n")
	if len(tables) != 3 {
		t.Fatalf("%d tables", len(tables)-1)
	}
	for _, table := range tables[1:] {
		table, _, _ = strings.Cut(table, "\n\n")
		principal := ""
		for row := range strings.SplitSeq(table, "\n") {
			cells := strings.Split(strings.Trim(row, "|"), "|")
			if len(cells) != 3 {
				t.Fatalf("a row has %d cells: %s", len(cells), row)
			}
			if who := strings.TrimSpace(cells[0]); who != "" {
				principal = who
			}
			effect, may := "Allow", cells[1]
			if strings.HasPrefix(strings.TrimSpace(may), "never ") {
				effect = "Deny"
			}
			may, _, _ = strings.Cut(may, " (") // what explains it
			where := ""
			if strings.HasSuffix(strings.TrimSpace(may), ", in the stack's region") {
				where = " here"
			}
			for _, a := range inQuotes(may) {
				if !action.MatchString(a) {
					t.Errorf("%q is no action", a)
				}
				for _, resource := range documentedResources(strings.TrimSpace(cells[2])) {
					rights[fmt.Sprintf("%s: %s %s%s on %s", principal, effect, a, where, resource)] = true
				}
			}
		}
	}
	return rights
}

// documentedResources are the resources of a cell, those that are several each alone.
func documentedResources(cell string) (resources []string) {
	if key, services, ok := strings.Cut(cell, "the key, through "); ok && key == "" {
		for _, s := range inQuotes(services) {
			resources = append(resources, "the key, through "+s)
		}
		return resources
	}
	for _, kind := range []string{"queue", "function"} {
		if strings.HasPrefix(cell, kind) {
			for _, name := range inQuotes(cell) {
				resources = append(resources, kind+" "+name)
			}
			return resources
		}
	}
	return []string{strings.ReplaceAll(cell, "`", "")}
}

// renderedRights are the same of the policies.
func renderedRights(all map[string]any) map[string]bool {
	rights := map[string]bool{}
	at := func(path ...string) any {
		var v any = all
		for _, name := range path {
			v = v.(map[string]any)[name]
		}
		return v
	}
	add := func(principal string, policy any) {
		for _, s := range policy.(map[string]any)["Statement"].([]any) {
			for _, right := range rightsIn(principal, s.(map[string]any)) {
				rights[right] = true
			}
		}
	}
	add("stats service", at("always", "services", "stats"))
	add("audit service", at("always", "services", "audit"))
	add("client `C`", at("always", "clients", "lab"))
	add("operator (`operator_policy`)", at("always", "operator"))
	add("who reads the log (`auditor_policy`)", at("always", "auditor"))
	for _, s := range at("always", "clients", "lab-2").(map[string]any)["Statement"].([]any) {
		for _, right := range rightsIn("client `C`", s.(map[string]any)) {
			if !rights[right] {
				rights[strings.Replace(right, "client `C`", "client `C` with `results`", 1)] = true
			}
		}
	}
	for _, of := range [][]string{{"always", "topic"}, {"always", "bucket"}, {"lambda", "key"}, {"fargate", "key"}} {
		add("", at(of...))
	}
	for _, of := range [][]string{{"always", "queues"}, {"lambda", "trust"}, {"lambda", "lines"}, {"fargate", "trust"}, {"fargate", "start"}} {
		for _, policy := range at(of...).(map[string]any) {
			add("", policy)
		}
	}
	return rights
}

// rightsIn are the rights of a statement. Where no principal is given, the statement
// says who it is about.
func rightsIn(principal string, s map[string]any) (rights []string) {
	condition := fmt.Sprint(s["Condition"])
	for _, action := range several(s["Action"]) {
		who := principal
		if who == "" {
			who = principalIn(s, action)
		}
		where := ""
		if strings.Contains(condition, "aws:RequestedRegion") {
			where = " here"
		}
		resources := several(s["Resource"])
		if action == "sts:AssumeRole" {
			resources = []string{"the roles of the services"} // which the policy is a part of
		}
		for _, r := range resources {
			rights = append(rights, fmt.Sprintf("%s: %s %s%s on %s", who, s["Effect"], action, where, resourceIn(r, condition)))
		}
	}
	return rights
}

func several(v any) (texts []string) {
	if one, ok := v.(string); ok {
		return []string{one}
	}
	if list, ok := v.([]any); ok {
		for _, text := range list {
			texts = append(texts, text.(string))
		}
	}
	return texts
}

// principalIn says who a statement is about that has a principal, or belongs to what
// runs a service.
func principalIn(s map[string]any, action string) string {
	principal, condition := fmt.Sprint(s["Principal"]), fmt.Sprint(s["Condition"])
	switch {
	case principal == "*" && strings.Contains(condition, "aws:SecureTransport:false"):
		return "everybody without TLS"
	case principal == "*" && strings.Contains(condition, "s3:if-none-match:true") && strings.Contains(condition, "s3:ObjectCreationOperation:true"):
		return "everybody without `If-None-Match`"
	case strings.Contains(principal, "AWS:arn:aws:iam::123456789012:root"):
		return "the account, for which IAM decides"
	case strings.Contains(principal, "Service:sns.amazonaws.com") && strings.Contains(condition, "aws:SourceArn:arn:aws:sns:"):
		return "the topic (`aws:SourceArn`)"
	case strings.Contains(principal, "Service:logs.") && strings.Contains(condition, "kms:EncryptionContext:aws:logs:arn:[arn:"):
		return "CloudWatch Logs, for the two log groups"
	case strings.Contains(principal, "lambda.amazonaws.com"), strings.Contains(principal, "ecs-tasks.amazonaws.com") && strings.Contains(condition, "aws:SourceArn") && strings.Contains(condition, "aws:SourceAccount"):
		return "Lambda, or ECS for this account and region"
	case s["Principal"] == nil && strings.HasPrefix(action, "logs:"):
		return "a function, or what starts a task"
	case s["Principal"] == nil && strings.HasPrefix(action, "ecr:"):
		return "what starts a task, if the image is in ECR"
	default:
		return principal + condition
	}
}

// resourceIn is a resource as the tables call it.
func resourceIn(arn, condition string) string {
	const bucket = "arn:aws:s3:::shop-7-audit-123456789012-eu-central-1"
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return arn // "*", or a name
	}
	name := strings.Replace(parts[5], "shop-7", "NAME", 1)
	name = strings.Replace(strings.Replace(name, "NAME-inbox-lab-2-", "NAME-inbox-C-", 1), "NAME-inbox-lab-", "NAME-inbox-C-", 1)
	switch {
	case arn == bucket:
		return "bucket"
	case arn == bucket+"/*":
		return "bucket, all objects"
	case arn == bucket+"/logs/*":
		return "bucket, logs/*"
	case parts[2] == "sqs":
		return "queue " + name
	case parts[2] == "lambda":
		return "function " + strings.TrimPrefix(name, "function:")
	case parts[2] == "sns":
		return "topic " + name
	case name == "table/NAME-results":
		return "table NAME-results"
	case name == "table/NAME-results/index/by_time":
		return "its index by_time"
	case parts[2] == "logs" && strings.HasSuffix(arn, ":log-stream:*"):
		return "its log group, all streams"
	case parts[2] == "ecr":
		return "that repository"
	case parts[2] == "kms":
		via := regexp.MustCompile(`kms:ViaService:([a-z0-9]+)\.eu-central-1\.amazonaws\.com`).FindStringSubmatch(condition)
		if via != nil {
			return "the key, through " + via[1]
		}
	}
	return arn
}
