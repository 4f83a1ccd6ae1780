package s3_test

import (
	"cmp"
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/statline/statline/pkg/local"
)

// bucketDocuments are all sub-resources: a document with odd spacing and escapes, the
// status of its PUT, and the code or the document where there is none. Those in
// newBucketDocuments a new bucket has.
var bucketDocuments = map[string]struct {
	body      string
	status    int
	missing   string
	deletable bool
}{
	"accelerate":        {"<AccelerateConfiguration >\n\t<Status>Enabled</Status></AccelerateConfiguration>", 200, "<AccelerateConfiguration", false},
	"cors":              {"<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>", 200, "NoSuchCORSConfiguration", true},
	"encryption":        {"<?xml version=\"1.0\"?>\n<ServerSideEncryptionConfiguration><Rule></Rule></ServerSideEncryptionConfiguration>", 200, "<SSEAlgorithm>AES256</SSEAlgorithm>", true},
	"lifecycle":         {"<LifecycleConfiguration xmlns='http://s3.amazonaws.com/doc/2006-03-01/'><Rule><ID>&#x41;</ID></Rule></LifecycleConfiguration>", 200, "NoSuchLifecycleConfiguration", true},
	"logging":           {"<BucketLoggingStatus></BucketLoggingStatus>", 200, "<BucketLoggingStatus", false},
	"notification":      {"<NotificationConfiguration/>", 200, "<NotificationConfiguration", false},
	"ownershipControls": {"<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>", 200, "OwnershipControlsNotFoundError", true},
	"policy":            {"{ \"Version\":\"2012-10-17\",\r\n \"Statement\":[]}", 204, "NoSuchBucketPolicy", true},
	"publicAccessBlock": {"<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>", 200, "NoSuchPublicAccessBlockConfiguration", true},
	"replication":       {"<ReplicationConfiguration><Role>r</Role></ReplicationConfiguration>", 200, "ReplicationConfigurationNotFoundError", true},
	"requestPayment":    {"<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>", 200, "<Payer>BucketOwner</Payer>", false},
	"tagging":           {"<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>", 204, "NoSuchTagSet", true},
	"versioning":        {"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>", 200, "<VersioningConfiguration", false},
	"website":           {"<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument></WebsiteConfiguration>", 200, "NoSuchWebsiteConfiguration", true},
	"object-lock":       {"<ObjectLockConfiguration ><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>", 200, "ObjectLockConfigurationNotFoundError", false},
}

var newBucketDocuments = map[string]string{
	"ownershipControls": "<ObjectOwnership>BucketOwnerEnforced</ObjectOwnership>",
	"publicAccessBlock": "<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets>",
}

func TestDocumentsAreGivenBackByteForByte(t *testing.T) {
	dir := t.TempDir()
	server := open(t, dir)
	mustCreate(t, client(local.URL, server.Client()), bucketName)
	missing := func(name, want string) {
		t.Helper()
		resp := raw(t, server, "GET", "/objects?"+name, nil)
		status := 404
		if strings.HasPrefix(want, "<") {
			status = 200
		}
		if body := text(t, resp); resp.StatusCode != status || !strings.Contains(body, want) {
			t.Errorf("GET ?%s: %d %s, want %s", name, resp.StatusCode, body, want)
		}
	}
	for name, tt := range bucketDocuments {
		missing(name, cmp.Or(newBucketDocuments[name], tt.missing))
	}
	for name, tt := range bucketDocuments {
		if name == "object-lock" { // needs versioning
			raw(t, server, "PUT", "/objects?versioning", []byte(bucketDocuments["versioning"].body))
		}
		resp := raw(t, server, "PUT", "/objects?"+name, []byte(tt.body))
		if body := text(t, resp); resp.StatusCode != tt.status || body != "" {
			t.Errorf("PUT ?%s: %d %s, want %d", name, resp.StatusCode, body, tt.status)
		}
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	server = open(t, dir)
	for name, tt := range bucketDocuments {
		resp := raw(t, server, "GET", "/objects?"+name, nil)
		if body := text(t, resp); resp.StatusCode != 200 || body != tt.body {
			t.Errorf("GET ?%s: %d %q, want %q", name, resp.StatusCode, body, tt.body)
		}
	}
	for name, tt := range bucketDocuments {
		resp := raw(t, server, "DELETE", "/objects?"+name, nil)
		switch {
		case !tt.deletable && resp.StatusCode != 400:
			t.Errorf("DELETE ?%s: %d", name, resp.StatusCode)
		case tt.deletable && resp.StatusCode != 204:
			t.Errorf("DELETE ?%s: %d", name, resp.StatusCode)
		case tt.deletable:
			missing(name, tt.missing)
		}
	}
}

func TestMalformedDocuments(t *testing.T) {
	server := open(t, "")
	mustCreate(t, client(local.URL, server.Client()), bucketName)
	for name, tt := range bucketDocuments {
		want, bad := "MalformedXML", []string{"", "text", "<a/>", tt.body + tt.body, tt.body[:len(tt.body)-1], tt.body + "x", "\xff" + tt.body}
		if name == "policy" {
			want, bad = "MalformedPolicy", []string{"", "text", "[]", "null", "{}", tt.body + "x", tt.body[:len(tt.body)-1]}
		}
		for _, body := range bad {
			resp := raw(t, server, "PUT", "/objects?"+name, []byte(body))
			if got := text(t, resp); resp.StatusCode != 400 || !strings.Contains(got, "<Code>"+want+"</Code>") {
				t.Errorf("PUT ?%s %q: %d %s", name, body, resp.StatusCode, got)
			}
		}
		if got := raw(t, server, "GET", "/nobody?"+name, nil).StatusCode; got != 404 {
			t.Errorf("GET ?%s of no bucket: %d", name, got)
		}
	}
}

// Terraform waits until the header comes back as it was put.
func TestLifecycleMinimumSize(t *testing.T) {
	c, ctx := store(t, ""), context.Background()
	for _, size := range []types.TransitionDefaultMinimumObjectSize{"", "all_storage_classes_128K", "varies_by_storage_class"} {
		in := &s3.PutBucketLifecycleConfigurationInput{
			Bucket: aws.String(bucketName), TransitionDefaultMinimumObjectSize: size,
			LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{{
				ID: aws.String("expire"), Status: "Enabled", Filter: &types.LifecycleRuleFilter{Prefix: aws.String("")},
				Expiration: &types.LifecycleExpiration{Days: aws.Int32(30)},
			}}},
		}
		put, err := c.PutBucketLifecycleConfiguration(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: in.Bucket})
		if err != nil {
			t.Fatal(err)
		}
		want := size
		if want == "" {
			want = "all_storage_classes_128K"
		}
		if got.TransitionDefaultMinimumObjectSize != want || put.TransitionDefaultMinimumObjectSize != want {
			t.Errorf("minimum size %q is given back as %q", want, got.TransitionDefaultMinimumObjectSize)
		}
		if len(got.Rules) != 1 || *got.Rules[0].Expiration.Days != 30 {
			t.Errorf("rules are %v", got.Rules)
		}
	}
}

func TestDocumentsThatAct(t *testing.T) {
	server := open(t, "")
	c := client(local.URL, server.Client())
	mustCreate(t, c, bucketName)
	mustCreate(t, c, "unlocked")
	refused := func(bucket, name, body, want string) {
		t.Helper()
		resp := raw(t, server, "PUT", "/"+bucket+"?"+name, []byte(body))
		if got := text(t, resp); !strings.Contains(got, "<Code>"+want+"</Code>") {
			t.Errorf("PUT ?%s %s: %s, want %s", name, body, got, want)
		}
	}
	refused("unlocked", "object-lock", bucketDocuments["object-lock"].body, "InvalidBucketState")
	refused("unlocked", "versioning", "<VersioningConfiguration/>", "IllegalVersioningConfigurationException")
	refused("unlocked", "versioning", "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>", "NotImplemented")
	enableVersioning(t, c, "Enabled")
	if resp := raw(t, server, "PUT", "/objects?object-lock", []byte(bucketDocuments["object-lock"].body)); resp.StatusCode != 200 {
		t.Fatalf("lock: %d", resp.StatusCode)
	}
	refused(bucketName, "versioning", "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>", "InvalidBucketState")
	for _, rule := range []string{"<Mode>X</Mode><Days>1</Days>", "<Mode>GOVERNANCE</Mode>", "<Mode>GOVERNANCE</Mode><Days>1</Days><Years>1</Years>", "<Mode>GOVERNANCE</Mode><Days>x</Days>"} {
		refused(bucketName, "object-lock", "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>"+rule+"</DefaultRetention></Rule></ObjectLockConfiguration>", "MalformedXML")
	}
}

func TestDefaultEncryption(t *testing.T) {
	c, ctx := store(t, ""), context.Background()
	out, err := c.PutObject(ctx, putInput("key", ""))
	if err != nil || out.ServerSideEncryption != "AES256" {
		t.Errorf("encrypted as %v, %v", out, err)
	}
	_, err = c.PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{
		Bucket: aws.String(bucketName), ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
			Rules: []types.ServerSideEncryptionRule{{
				ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: "aws:kms", KMSMasterKeyID: aws.String("alias/k")},
				BucketKeyEnabled:                   aws.Bool(true),
			}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err = c.PutObject(ctx, putInput("key", ""))
	if err != nil || out.ServerSideEncryption != "aws:kms" || *out.SSEKMSKeyId != "alias/k" || !*out.BucketKeyEnabled {
		t.Errorf("encrypted as %+v, %v", out, err)
	}
}
