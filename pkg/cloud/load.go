package cloud

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
)

// ErrNoRegion says that neither the environment nor the profile names a region.
var ErrNoRegion = errors.New("no region: set AWS_REGION or write region in the profile")

// Load reads the AWS configuration as every AWS tool does: AWS_PROFILE,
// AWS_REGION, AWS_ENDPOINT_URL and so on, and the shared files. Profile and region
// go before the environment where they are not empty.
func Load(ctx context.Context, profile, region string) (aws.Config, error) {
	options := []func(*config.LoadOptions) error{config.WithHTTPClient(buildableClient()), config.WithRetryer(Retryer)}
	if profile != "" {
		options = append(options, config.WithSharedConfigProfile(profile))
	}
	if region != "" {
		options = append(options, config.WithRegion(region))
	}
	c, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("load AWS configuration: %w", err)
	}
	if c.Region == "" {
		return aws.Config{}, fmt.Errorf("load AWS configuration: %w", ErrNoRegion)
	}
	// Only now: what AWS_CA_BUNDLE asks for is done to the SDK's own client.
	c.HTTPClient = whole{c.HTTPClient}
	return c, nil
}
