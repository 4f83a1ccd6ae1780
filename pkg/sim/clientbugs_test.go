package sim

// clientBugs are what clients get wrong that publish and await replies.
var clientBugs = []bug{
	{
		name: "publish-failed-unread", issue: "aws-samples/sample-voice-of-customer-datalake#259",
		about: "The failed entries of a published batch are not read: a request counts as published that the topic never took.",
		edits: []edit{{"pkg/requester/publish.go", `	for _, ok := range out.Successful {
`, `	if zoo.On("publish-failed-unread") {
		return make([]error, len(items))
	}
	for _, ok := range out.Successful {
`}},
	},
	{
		name: "publish-error-swallowed", issue: "apache/nifi#11213",
		about: "A publish that fails counts as done: the request is nowhere, and its client waits in vain.",
		edits: []edit{{"pkg/requester/publish.go", `		for i := range errs {
`, `		if zoo.On("publish-error-swallowed") {
			items[0].of.config.Log.Error("publish failed", "err", err)
			return make([]error, len(items))
		}
		for i := range errs {
`}},
	},
	{
		name: "shared-inbox", issue: "rabbitmq/rabbitmq-tutorials#175",
		about: "All clients share a reply queue and take the next message for their answer: they get each other's.",
		edits: []edit{
			{"pkg/requester/requester.go", `	r := &Requester{config: c, publisher: c.Publisher, pending: map[string]*Pending{}, some: make(chan struct{})}
`, `	if zoo.On("shared-inbox") {
		c.ClientID = ""
	}
	r := &Requester{config: c, publisher: c.Publisher, pending: map[string]*Pending{}, some: make(chan struct{})}
`},
			{"pkg/requester/inbox.go", `	in.name = message.NewInbox(r.config.Stack, r.config.ClientID)
`, `	in.name = message.NewInbox(r.config.Stack, r.config.ClientID)
	if zoo.On("shared-inbox") {
		in.name = message.InboxPrefix(r.config.Stack, "") + "0123456789abcdef"
	}
`},
			{"pkg/requester/inbox.go", `	switch {
`, `	if zoo.On("shared-inbox") {
		for _, waiting := range r.pending {
			p, reply.Nonce = waiting, waiting.nonce
			break
		}
	}
	switch {
`},
		},
	},
	{
		name: "shared-inbox-drop", issue: "rebus-org/Rebus.Async#25",
		about: "Instances of a client share a reply queue, and what one takes that it did not ask for is dropped: the one that did ask waits in vain.",
		edits: []edit{
			{"pkg/requester/requester.go", `	if err := c.validate(); err != nil {
`, `	if zoo.On("shared-inbox-drop") {
		c.ClientID = ""
	}
	if err := c.validate(); err != nil {
`},
			{"pkg/requester/inbox.go", `	return in
`, `	if zoo.On("shared-inbox-drop") {
		in.name = message.InboxPrefix(r.config.Stack, "") + "0123456789abcdef"
	}
	return in
`},
			{"pkg/requester/pending.go", `			reply, ok := p.lookUp(ctx)
`, `			if zoo.On("shared-inbox-drop") {
				continue // it knows of no table
			}
			reply, ok := p.lookUp(ctx)
`},
		},
	},
	{
		name: "only-waiter", issue: "nats-io/nats.go#528",
		about: "A reply that nobody here asked for goes to the one caller that waits: it gets the answer to another request.",
		edits: []edit{{"pkg/requester/inbox.go", `	p := r.pending[reply.RequestID]
`, `	p := r.pending[reply.RequestID]
	if zoo.On("only-waiter") && p == nil && len(r.pending) == 1 {
		for _, p = range r.pending {
			reply.Nonce = p.nonce
		}
	}
`}},
	},
	{
		name: "reply-unverified", issue: "apache/artemis#5102",
		about: "That a reply is the one to this very request is not checked: a caller takes what a stranger put into its inbox.",
		edits: []edit{{"pkg/requester/inbox.go", `	case p != nil && p.nonce == reply.Nonce:
`, `	case p != nil && (p.nonce == reply.Nonce || zoo.On("reply-unverified")):
`}},
	},
	{
		name: "inbox-name-reused", issue: "letsencrypt/boulder#723",
		about: "A client's inbox has the same name each time: it takes the replies of its predecessors and siblings, removes their inbox, and cannot make its own anew for a minute.",
		edits: []edit{{"pkg/message/id.go", `	var b [15]byte
`, `	if zoo.On("inbox-name-reused") {
		return InboxPrefix(stack, clientID) + "0123456789abcdef"
	}
	var b [15]byte
`}},
	},
	{
		name: "inbox-swept", issue: "awslabs/amazon-sqs-java-temporary-queues-client#48",
		about: "Clients remove inboxes that look idle: one that waits for its reply loses it.",
		edits: []edit{
			{"pkg/requester/inbox.go", `	var polling context.Context
`, `	if zoo.On("inbox-swept") {
		r.sweep(ctx, in)
	}
	var polling context.Context
`},
			{"pkg/requester/inbox.go", `func (r *Requester) removeInbox(ctx context.Context, in *inbox) error {
`, `// sweep removes the inboxes of the stack, but its own, that hold no message.
func (r *Requester) sweep(ctx context.Context, own *inbox) {
	list, err := r.config.SQS.ListQueues(ctx, &sqs.ListQueuesInput{QueueNamePrefix: aws.String(r.config.Stack + "-inbox-")})
	if err != nil {
		return
	}
	const messages = types.QueueAttributeNameApproximateNumberOfMessages
	for _, url := range list.QueueUrls {
		out, err := r.config.SQS.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{messages}})
		if err == nil && url != own.url && out.Attributes[string(messages)] == "0" {
			r.config.SQS.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &url})
		}
	}
}

func (r *Requester) removeInbox(ctx context.Context, in *inbox) error {
`},
		},
	},
}
