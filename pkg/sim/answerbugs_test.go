package sim

// answerBugs are what services get wrong that compute, store and reply.
var answerBugs = []bug{
	{
		name: "reply-before-store", issue: "PrefectHQ/prefect#22654",
		about: "The reply goes out before the result is stored: a client that looks it up does not find it, and after a crash it never will.",
		edits: []edit{
			{"pkg/responder/responder.go", `	r.store(ctx, answers)
	failures := r.send(ctx, answers)
`, `	var failures map[int]error
	if zoo.On("reply-before-store") {
		failures = r.send(ctx, answers)
		r.store(ctx, answers)
	} else {
		r.store(ctx, answers)
		failures = r.send(ctx, answers)
	}
`},
		},
	},
	{
		name: "reply-when-new", issue: "useplunk/plunk#484",
		about: "Only a result that is stored for the first time is replied: where the service stored it and failed before it replied, the client never hears.",
		edits: []edit{{"pkg/responder/responder.go", `	default:
		a.row = row
`, `	case zoo.On("reply-when-new") && !row.CompletedAt.Equal(a.row.CompletedAt):
		a.row.Reply = message.Reply{}
	default:
		a.row = row
`}},
	},
	{
		name: "reply-failed-unread", issue: "JasperFx/wolverine#3503",
		about: "The failed entries of the batch that sends replies are not read: their clients never get a reply.",
		edits: []edit{{"pkg/responder/send.go", `	for _, f := range out.Failed {
`, `	if zoo.On("reply-failed-unread") {
		return errs
	}
	for _, f := range out.Failed {
`}},
	},
	{
		name: "wrong-index", issue: "opensearch-project/OpenSearch#14336",
		about: "A failure within a batch is charged to another message: the one that failed is deleted, and its client never gets a reply.",
		edits: []edit{{"pkg/responder/send.go", `					failed[p.messages[i]] = errors.Join(failed[p.messages[i]], err)
`, `					if zoo.On("wrong-index") {
						failed[i] = err
						continue
					}
					failed[p.messages[i]] = errors.Join(failed[p.messages[i]], err)
`}},
	},
	{
		name: "inbox-gone-retried", issue: "helsenorge/Helsenorge.Messaging#42",
		about: "A reply to an inbox that is gone is tried until the request, long answered, is in the dead-letter queue.",
		edits: []edit{
			{"pkg/responder/send.go", `		if undeliverable(err) {
`, `		if undeliverable(err) && !zoo.On("inbox-gone-retried") {
`},
			{"pkg/responder/responder.go", `		if messages[i].Last {
`, `		if messages[i].Last && !zoo.On("inbox-gone-retried") {
`},
		},
	},
	{
		name: "refused-as-failure", issue: "RichardKnop/machinery#504",
		about: "A request that cannot be read counts as failed work: it is tried until it is a dead letter, and its client never learns what is wrong.",
		edits: []edit{{"pkg/responder/responder.go", `		now := time.Now()
`, `		if zoo.On("refused-as-failure") && in.Fault != nil {
			return nil, in.Fault
		}
		now := time.Now()
`}},
	},
	{
		name: "stale-by-client-clock", issue: "Particular/NServiceBus.AmazonSQS#210",
		about: "A request is dropped as stale by the age that its client's clock gives it: after minutes of trouble, or from a slow clock, a good one is answered expired.",
		edits: []edit{{"pkg/responder/responder.go", `	case !in.Deadline.IsZero() && now.After(in.Deadline):
`, `	case zoo.On("stale-by-client-clock") && in.Fault == nil && !in.SentAt.IsZero() && now.Sub(in.SentAt) > 2*time.Minute:
		return message.Reply{RequestID: in.ID, Status: message.StatusExpired}
	case !in.Deadline.IsZero() && now.After(in.Deadline):
`}},
	},
	{
		name: "own-write-conflict", issue: "aws/aws-sdk-java#2667",
		about: "A service takes its own write, whose response was lost, for another's: the client is told that its request ID is taken.",
		edits: []edit{{"pkg/results/results.go", `	return s.standing(ctx, r, refusal.Item)
`, `	if zoo.On("own-write-conflict") {
		return Result{}, fmt.Errorf("store result %s: %w", r.RequestID, ErrConflict)
	}
	return s.standing(ctx, r, refusal.Item)
`}},
	},
	{
		name: "put-overwrites", issue: "dynamoose/dynamoose#681",
		about: "A result is written whether there is one or not: a second delivery changes what was stored and perhaps read.",
		edits: []edit{{"pkg/results/results.go", `	_, err := s.DynamoDB.PutItem(ctx, in)
`, `	if zoo.On("put-overwrites") {
		in.ConditionExpression, in.ReturnValuesOnConditionCheckFailure = nil, ""
		in.ExpressionAttributeNames, in.ExpressionAttributeValues = nil, nil
	}
	_, err := s.DynamoDB.PutItem(ctx, in)
`}},
	},
	{
		name: "dead-overwrites", issue: "taranis-ai/taranis-ai#966",
		about: "A message given up on its last delivery is marked dead over the result that an earlier one has stored.",
		edits: []edit{{"pkg/results/results.go", `	if r.Status != message.StatusDead {
`, `	if zoo.On("dead-overwrites") && r.Status == message.StatusDead {
		in.ConditionExpression, in.ReturnValuesOnConditionCheckFailure = nil, ""
	}
	if r.Status != message.StatusDead {
`}},
	},
	{
		name: "number-too-large", issue: "nyaruka/goflow#1488",
		about: "Every figure is stored as a number of DynamoDB's: one of more digits, or a larger one, can never be stored, and its request ends as a dead letter.",
		edits: []edit{{"pkg/results/item.go", `	if len(f) <= 38 && strings.IndexByte(string(f), 'e') < 0 {
`, `	if len(f) <= 38 && strings.IndexByte(string(f), 'e') < 0 || zoo.On("number-too-large") {
`}},
	},
	{
		name: "sum-infinite", issue: "influxdata/influxdb#20249",
		about: "The mean is computed in float64: where the sum overflows, the answer has no JSON, and a valid request fails until it is a dead letter.",
		edits: []edit{{"pkg/message/answer.go", `	ok := Reply{RequestID: in.ID, Status: StatusOK, Result: &summary}
`, `	if zoo.On("sum-infinite") {
		var sum float64
		for _, n := range numbersOf(in.Numbers) {
			var f float64
			fmt.Sscan(n.String(), &f)
			sum += f
		}
		mean, err := json.Marshal(sum / float64(summary.Count))
		if err != nil {
			panic(err)
		}
		summary.Mean, _ = stats.Canonical(string(mean))
	}
	ok := Reply{RequestID: in.ID, Status: StatusOK, Result: &summary}
`}},
	},
	{
		name: "number-rounded", issue: "valyala/fastjson#15",
		about: "Numbers are read as float64: the last digits of large ones are lost, and so the answer is wrong.",
		edits: []edit{{"pkg/message/answer.go", `	summary := stats.Summarize(in.Numbers, in.options())
`, `	numbers := in.Numbers
	if zoo.On("number-rounded") {
		var rounded []float64
		json.Unmarshal([]byte("["+string(numbers.Text())+"]"), &rounded)
		text, _ := json.Marshal(rounded)
		numbers, _, _ = stats.ParseJSON(text)
	}
	summary := stats.Summarize(numbers, in.options())
`}},
	},
	{
		name: "null-is-zero", issue: "golang/go#33835",
		about: "A null in a list is read as 0: a broken request gets a wrong answer instead of a refusal.",
		edits: []edit{{"pkg/message/scan.go", `	l, n, err := stats.ParseJSON(s.data[s.pos:])
`, `	data := s.data[s.pos:]
	if zoo.On("null-is-zero") {
		data = bytes.ReplaceAll(data, []byte("null"), []byte("   0"))
	}
	l, n, err := stats.ParseJSON(data)
`}},
	},
	{
		name: "key-case-folded", issue: "golang/go#14750",
		about: "Keys match whatever their case: a request is answered that readers in other languages see otherwise, instead of refused.",
		edits: []edit{{"pkg/message/scan.go", `	return key, nil
`, `	if zoo.On("key-case-folded") {
		key = strings.ToLower(key)
	}
	return key, nil
`}},
	},
	{
		name: "illegal-character", issue: "psd401/aistudio#1525",
		about: "A refusal echoes what the client wrote: where that holds a character that SQS does not take, the reply can never be sent.",
		edits: []edit{{"pkg/message/scan.go", `	cut := len(text) > maxShown
`, `	if zoo.On("illegal-character") {
		return text
	}
	cut := len(text) > maxShown
`}},
	},
	{
		name: "adaptive-retries", issue: "aws/aws-sdk-go-v2#3550",
		about: "Adaptive retry mode never gives back what retries cost: after an outage, calls are not retried any more until the process restarts.",
		edits: []edit{{"pkg/cloud/cloud.go", `	return retry.NewStandard(func(o *retry.StandardOptions) {
`, `	if zoo.On("adaptive-retries") {
		return retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
			o.RequestCost = 0 // its rate limit would wait for no time at all, for ever, where time is virtual
			o.StandardOptions = append(o.StandardOptions, func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = 5, 5*time.Second })
		})
	}
	return retry.NewStandard(func(o *retry.StandardOptions) {
`}},
	},
}
