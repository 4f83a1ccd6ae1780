package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/statline/statline/scripts/peers/pipes/tally"
)

// errNotAgain says that calls of an operation cannot be made again here.
var errNotAgain = errors.New("this call cannot be made again here")

// prepare returns a function that makes the call of a sample with the SDK. The
// input of SQS and DynamoDB is the body that was sent, whose members bear the
// names of the SDK's fields.
func (b *bench) prepare(s tally.Sample) (func(context.Context) error, error) {
	if s.Service == "s3" && s.Name == "PutObject" {
		return b.preparePut(s)
	}
	method := reflect.ValueOf(b.clients[s.Service])
	if method.IsValid() {
		method = method.MethodByName(s.Name)
	}
	if !method.IsValid() || s.Service == "sns" {
		return nil, errNotAgain
	}
	d := json.NewDecoder(bytes.NewReader(s.Request))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); err != nil {
		return nil, err
	}
	in := reflect.New(method.Type().In(1)).Elem()
	if err := fill(in, doc); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		out := method.Call([]reflect.Value{reflect.ValueOf(ctx), in})
		err, _ := out[1].Interface().(error)
		return err
	}, nil
}

// preparePut makes an object of the length of the one that was put: how it is
// framed and checked is the SDK's affair, here as there.
func (b *bench) preparePut(s tally.Sample) (func(context.Context) error, error) {
	length := len(s.Request)
	if decoded := s.Header.Get("X-Amz-Decoded-Content-Length"); decoded != "" {
		var err error
		if length, err = strconv.Atoi(decoded); err != nil {
			return nil, err
		}
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(s.Path, "/"), "/")
	body := bytes.Repeat([]byte("x"), length)
	header := func(name string) *string {
		if v := s.Header.Get(name); v != "" {
			return &v
		}
		return nil
	}
	return func(ctx context.Context) error {
		_, err := b.s3.PutObject(ctx, &s3.PutObjectInput{
			Bucket: aws.String(bucket), Key: aws.String(key), Body: bytes.NewReader(body),
			ContentType: header("Content-Type"), IfNoneMatch: header("If-None-Match"),
		})
		return err
	}, nil
}
