package audit

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Last is the object whose first request is the latest. The error is [ErrNotFound]
// where the log is empty. It costs a listing of each level of the log's hours, however
// long the log is; what is none of the log is passed over.
func (r *Reader) Last(ctx context.Context) (Object, error) {
	o, err := r.last(ctx, "logs/", len("logs/2006/01/02/15/"))
	if err == nil && o == nil {
		err = fmt.Errorf("bucket %s: %w", r.Bucket, ErrNotFound)
	}
	if err != nil {
		return Object{}, err
	}
	return *o, nil
}

// last is the last object below a prefix, nil where there is none. The prefix of an
// hour has that length.
func (r *Reader) last(ctx context.Context, prefix string, hour int) (*Object, error) {
	in := &s3.ListObjectsV2Input{Bucket: aws.String(r.Bucket), Prefix: aws.String(prefix), EncodingType: types.EncodingTypeUrl}
	if len(prefix) < hour {
		in.Delimiter = aws.String("/")
	}
	var last *Object
	var below []string
	for pages := s3.NewListObjectsV2Paginator(r.S3, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list bucket %s: %w", r.Bucket, err)
		}
		for _, o := range page.Contents {
			if object, err := listed(o); err == nil {
				last = &object // keys are listed in their order
			}
		}
		for _, p := range page.CommonPrefixes {
			if name, err := url.QueryUnescape(aws.ToString(p.Prefix)); err == nil && len(name) <= hour {
				below = append(below, name)
			}
		}
	}
	for _, p := range slices.Backward(below) {
		if found, err := r.last(ctx, p, hour); err != nil || found != nil {
			return found, err
		}
	}
	return last, nil
}
