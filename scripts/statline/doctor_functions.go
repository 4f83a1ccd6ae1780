package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// functionChecks look at the functions that a stack may have; a local one has none.
func (d *doctor) functionChecks() []check {
	if d.local {
		return nil
	}
	var all []check
	for _, queue := range []string{d.StatsQueue(), d.AuditQueue()} {
		all = append(all, check{"function of " + queue, func(ctx context.Context) (string, error) { return d.function(ctx, queue) }, d.apply()})
	}
	return all
}

// function checks how Lambda hands the messages of a queue to a function, if it does.
func (d *doctor) function(ctx context.Context, queue string) (string, error) {
	client := lambda.NewFromConfig(d.config)
	var mappings []types.EventSourceMappingConfiguration
	for pages := lambda.NewListEventSourceMappingsPaginator(client, &lambda.ListEventSourceMappingsInput{EventSourceArn: aws.String(d.QueueARN(queue))}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", err
		}
		mappings = append(mappings, page.EventSourceMappings...)
	}
	switch len(mappings) {
	case 0:
		return "none: the service runs elsewhere", nil
	case 1:
	default:
		return "", &fault{fmt.Sprintf("%d functions take from the queue, and each gets a part", len(mappings)), d.apply()}
	}
	m := mappings[0]
	if f := d.mapping(m); f != nil {
		return "", f
	}
	name := aws.ToString(m.FunctionArn)
	out, err := client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
	if err != nil {
		return "", err
	}
	attributes, err := d.attributes(ctx, queue, noQueue)
	if err != nil {
		return "", err
	}
	visibility, err := strconv.Atoi(attributes["VisibilityTimeout"])
	if err != nil {
		return "", fmt.Errorf("visibility timeout: %w", err)
	}
	timeout, window := int(aws.ToInt32(out.Timeout)), int(aws.ToInt32(m.MaximumBatchingWindowInSeconds))
	// Lambda does not renew what a function works on ("Creating and configuring an Amazon
	// SQS event source mapping", AWS Lambda Developer Guide).
	if least := 6*timeout + window; visibility < least {
		return "", &fault{
			fmt.Sprintf("messages show again after %d seconds, while they may still be worked: six times the function's %d and the window of %d are %d", visibility, timeout, window, least),
			d.setAttribute(queue, "VisibilityTimeout", strconv.Itoa(least)),
		}
	}
	return fmt.Sprintf("%s takes up to %d messages, gathered for %d s, in %d s", name[strings.LastIndex(name, ":")+1:], aws.ToInt32(m.BatchSize), window, timeout), nil
}

// mapping is what is wrong with an event source mapping itself, nil where nothing is.
func (d *doctor) mapping(m types.EventSourceMappingConfiguration) error {
	update := func(args ...string) string {
		return d.aws(append([]string{"lambda", "update-event-source-mapping", "--uuid", aws.ToString(m.UUID)}, args...)...)
	}
	switch state := aws.ToString(m.State); state {
	case "Enabled", "Enabling", "Creating", "Updating":
	default: // Disabled, Disabling, Deleting
		return &fault{"Lambda takes nothing from the queue: its mapping is " + state, update("--enabled")}
	}
	if !slices.Contains(m.FunctionResponseTypes, types.FunctionResponseTypeReportBatchItemFailures) {
		return &fault{"what fails in an event is deleted with the rest: ReportBatchItemFailures is not set", update("--function-response-types", "ReportBatchItemFailures")}
	}
	if said := aws.ToString(m.LastProcessingResult); strings.HasPrefix(said, "PROBLEM") {
		return &fault{"Lambda says " + said, d.apply()}
	}
	return nil
}
