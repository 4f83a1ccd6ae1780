// Package message defines what travels between clients and services: the
// [Request] a client publishes, the [Reply] it is answered with, their IDs and
// limits, and the strict codec that both services read requests with, so that
// they never disagree about what a message says.
//
// Reading a message never fails as a whole. [Parse] says of each request in it
// either what it asks or, as a [Fault], why it is refused and where; both can be
// stored, logged and, where the client said whereto, replied.
package message

// The schemas name the forms of a message.
const (
	RequestSchema  = "statline.request/v1"  // one request
	RequestsSchema = "statline.requests/v1" // several requests, each answered as if alone
	ReplySchema    = "statline.reply/v1"
)

// Limits.
const (
	// MaxBody is the most bytes a published message may have: SNS's limit for a
	// message ("Amazon SNS endpoints and quotas", AWS General Reference).
	MaxBody = 256 << 10
	// MaxReply is the most bytes a reply may have; a result that needs more is
	// refused as too_large.
	MaxReply = 200 << 10
	// MaxRequests is the most requests in a packed message: more than it has room
	// for, unless some are none. Each is answered and logged by itself.
	MaxRequests = 5000
	// MaxQuantiles is the most quantiles a request may ask for.
	MaxQuantiles = 100
	// MaxQuantileDigits is the most significant digits the probability of a
	// quantile may have.
	MaxQuantileDigits = 20
)

// Code says why a request has no result.
type Code string

// The codes that a [Fault] may carry. Clients should expect others.
const (
	InvalidJSON   Code = "invalid_json"   // the body is no JSON object
	InvalidSchema Code = "invalid_schema" // the schema is missing or not one that is read here
	InvalidField  Code = "invalid_field"  // a field is missing, unknown, given twice or not as it must be
	InvalidNumber Code = "invalid_number" // an element of the list is not an acceptable number
	EmptyList     Code = "empty_list"
	TooLarge      Code = "too_large"   // the message or its result is larger than can be sent
	IDConflict    Code = "id_conflict" // the same request ID was used for another list
	Internal      Code = "internal"
)

// Fault is the reason why a request has no result.
type Fault struct {
	Code Code `json:"code"`
	// Message says for people what is wrong, beginning with the path where there
	// is one. It is printable ASCII, whatever the client wrote.
	Message string `json:"message"`
	// Path is the place, such as "numbers[2]"; empty where the whole is meant.
	Path string `json:"path,omitempty"`
}

func (f *Fault) Error() string { return f.Message }

// faultAt is a fault at a place.
func faultAt(code Code, path, text string) *Fault {
	return &Fault{Code: code, Message: path + ": " + text, Path: path}
}

// in is the fault of a part, at the place that part has in the whole.
func (f *Fault) in(path string) *Fault { return faultAt(f.Code, printable(path), f.Message) }
