package sim

// queueBugs are what consumers of SQS get wrong.
var queueBugs = []bug{
	{
		name: "ack-before-work", issue: "RichardKnop/machinery#275",
		about: "A message is deleted before it is worked: a request whose service dies, or whose work fails, is never answered.",
		edits: []edit{{"pkg/queue/worker.go", `	lease := w.renew(ctx, messages)
`, `	if zoo.On("ack-before-work") {
		w.acknowledge(ctx, messages)
	}
	lease := w.renew(ctx, messages)
`}},
	},
	{
		name: "ack-on-error", issue: "Netflix/conductor#1092",
		about: "A message is deleted although its work failed: a request that met a fault is never answered.",
		edits: []edit{{"pkg/queue/worker.go", `		case err == nil:
`, `		case err == nil || zoo.On("ack-on-error"):
`}},
	},
	{
		name: "seen-before-done", issue: "Particular/NServiceBus#5557",
		about: "A message counts as a duplicate from when its work begins, so that what failed the first time is deleted unworked the second.",
		edits: []edit{{"pkg/queue/worker.go", `func (w *Worker) work(ctx context.Context, messages []Message) (done []Message) {
`, `var seen sync.Map // the messages that were begun, by worker and ID

func (w *Worker) work(ctx context.Context, messages []Message) (done []Message) {
	if zoo.On("seen-before-done") {
		messages = slices.DeleteFunc(messages, func(m Message) bool {
			_, duplicate := seen.LoadOrStore([2]any{w, m.ID}, true)
			if duplicate {
				w.acknowledge(ctx, []Message{m})
			}
			return duplicate
		})
	}
`}},
	},
	{
		name: "duplicate-ignored", issue: "kalaspuff/tomodachi#2074",
		about: "A message whose delete had no effect is ignored as a duplicate each time it comes again, until it is in the dead-letter queue.",
		edits: []edit{
			{"pkg/queue/worker.go", `// outcomes has the handler work a batch. Where it panics, or returns a number of
`, `var finished sync.Map // the messages that are done, by worker and ID

// outcomes has the handler work a batch. Where it panics, or returns a number of
`},
			{"pkg/queue/worker.go", `		w.room.Release(w.most() - w.weight(messages))
`, `		if zoo.On("duplicate-ignored") {
			messages = slices.DeleteFunc(messages, func(m Message) bool { _, done := finished.Load([2]any{w, m.ID}); return done })
		}
		w.room.Release(w.most() - w.weight(messages))
`},
			{"pkg/queue/worker.go", `			done = append(done, m)
`, `			done = append(done, m)
			if zoo.On("duplicate-ignored") {
				finished.Store([2]any{w, m.ID}, true)
			}
`},
		},
	},
	{
		name: "duplicate-held", issue: "MassTransit/MassTransit#4857",
		about: "A second delivery of a message in hand is skipped, yet its visibility is renewed for ever: the message is neither deleted nor seen again.",
		edits: []edit{
			{"pkg/queue/worker.go", `	done := w.work(ctx, messages)
`, `	if zoo.On("duplicate-held") {
		messages = w.withoutDuplicates(ctx, messages)
		defer func() {
			for _, m := range messages {
				inHand.Delete([2]any{w, m.ID})
			}
		}()
	}
	done := w.work(ctx, messages)
`},
			{"pkg/queue/worker.go", `// unstarted returns to the queue what was received after the worker was stopped.
`, `var inHand sync.Map // the messages that are worked, by worker and ID

// withoutDuplicates skips what is in hand; every message is renewed from its
// receipt on.
func (w *Worker) withoutDuplicates(ctx context.Context, messages []Message) (others []Message) {
	for _, m := range messages {
		if _, duplicate := inHand.LoadOrStore([2]any{w, m.ID}, true); duplicate {
			w.Log.Warn("duplicate skipped", "message", m.ID)
			w.renew(ctx, []Message{m})
			continue
		}
		others = append(others, m)
	}
	return others
}

// unstarted returns to the queue what was received after the worker was stopped.
`},
		},
	},
	{
		name: "unstarted-dropped", issue: "celery/celery#8875",
		about: "What is received while the worker stops is dropped: it stays hidden from the other instances until its visibility timeout ends.",
		edits: []edit{{"pkg/queue/worker.go", `			messages = w.unstarted(ctx, messages)
`, `			if zoo.On("unstarted-dropped") {
				messages = nil
			}
			messages = w.unstarted(ctx, messages)
`}},
	},
	{
		name: "poll-cancelled", issue: "aws/aws-sdk-go-v2#2068",
		about: "A stopping worker cancels its long poll: what SQS hands out for it meanwhile is hidden until its visibility timeout ends.",
		edits: []edit{{"pkg/queue/poll.go", `	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.Wait+overdue)
`, `	base := context.WithoutCancel(ctx)
	if zoo.On("poll-cancelled") {
		base = ctx
	}
	ctx, cancel := context.WithTimeout(base, w.Wait+overdue)
`}},
	},
	{
		name: "poll-ends-at-error", issue: "kestra-io/plugin-aws#741",
		about: "One failed poll ends the polling while the service goes on as if all were well: nothing is answered any more.",
		edits: []edit{{"pkg/queue/poll.go", `		pause(ctx, min(backoff(w.polls.fails())/4, 30*time.Second))
`, `		if zoo.On("poll-ends-at-error") {
			<-ctx.Done()
			return nil
		}
		pause(ctx, min(backoff(w.polls.fails())/4, 30*time.Second))
`}},
	},
	{
		name: "stop-never-ends", issue: "cashapp/misk#3899",
		about: "A stopping worker waits for its handlers without limit: a slow call holds up the stop until the process is killed.",
		edits: []edit{{"pkg/queue/worker.go", `		abort(errStopped)
`, `		if !zoo.On("stop-never-ends") {
			abort(errStopped)
		}
`}},
	},
	{
		name: "not-released-on-stop", issue: "celery/kombu#1835",
		about: "What a stopping worker has to give up is not made visible again: it stays hidden from the other instances.",
		edits: []edit{{"pkg/queue/worker.go", `		return 0 // it was not given the time
`, `		if zoo.On("not-released-on-stop") {
			return w.visibility
		}
		return 0 // it was not given the time
`}},
	},
	{
		name: "ack-on-stopped-context", issue: "worldcoin/sqs-client#248",
		about: "Messages are deleted and released under the context that the stop has ended: finished work stays in the queue, hidden, and is done again.",
		edits: []edit{
			{"pkg/queue/worker.go", `	Handler Handler
`, `	running context.Context // of Run
	Handler Handler
`},
			{"pkg/queue/worker.go", `	w.once.Do(w.calm)
	patient`, `	w.running = ctx
	w.once.Do(w.calm)
	patient`},
			{"pkg/queue/ack.go", `	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
`, `	base := context.WithoutCancel(ctx)
	if zoo.On("ack-on-stopped-context") {
		base = w.running
	}
	ctx, cancel := context.WithTimeout(base, settleTime)
`},
		},
	},
	{
		name: "no-backoff", issue: "bbc/sqs-consumer#218",
		about: "What failed is visible again at once: an outage of seconds uses up all deliveries, and good requests are given up as dead.",
		edits: []edit{{"pkg/queue/worker.go", `		return backoff(m.Receives)
`, `		if zoo.On("no-backoff") {
			return 0
		}
		return backoff(m.Receives)
`}},
	},
	{
		name: "heartbeat-missing", issue: "redpanda-data/connect#4468",
		about: "Visibility is not renewed: work that takes longer than the visibility timeout is lost each time, until the good request is a dead letter.",
		edits: []edit{{"pkg/queue/renew.go", `	lost := func(m Message) bool { return !l.holds(m) }
`, `	if zoo.On("heartbeat-missing") {
		<-ctx.Done()
		return
	}
	lost := func(m Message) bool { return !l.holds(m) }
`}},
	},
	{
		name: "heartbeat-one-shot", issue: "Azure/azure-sdk-for-js#2288",
		about: "Visibility is renewed once and no more: work that outlasts that is delivered again and again, and ends as a dead letter.",
		edits: []edit{{"pkg/queue/renew.go", `			w.extend(ctx, l, held)
`, `			w.extend(ctx, l, held)
			if zoo.On("heartbeat-one-shot") {
				<-ctx.Done()
				return
			}
`}},
	},
	{
		name: "extension-as-addition", issue: "MassTransit/MassTransit#2870",
		about: "An extension is taken to add to what is left, so it is too short: the message is visible before the next one and delivered beside its own work.",
		edits: []edit{{"pkg/queue/renew.go", `		held[i].hide = w.visibility
`, `		held[i].hide = w.visibility
		if zoo.On("extension-as-addition") {
			held[i].hide = w.visibility / 3
		}
`}},
	},
	{
		name: "heartbeat-not-stopped", issue: "Azure/azure-sdk-for-net#6723",
		about: "Renewal goes on after the work on a message has failed: the message stays hidden and is never tried again.",
		edits: []edit{{"pkg/queue/worker.go", `	lease.end()
`, `	if !zoo.On("heartbeat-not-stopped") || errors.Join(outcomes...) == nil {
		lease.end()
	}
`}},
	},
	{
		name: "visibility-in-milliseconds", issue: "TomFrost/Squiss#22",
		about: "Visibility is changed by milliseconds where SQS expects seconds: what fails, or is in the hands of a service that dies, is hidden for hours.",
		edits: []edit{
			{"pkg/queue/ack.go", `VisibilityTimeout: int32(m.hide / time.Second),
`, `VisibilityTimeout: seconds(m.hide),
`},
			{"pkg/queue/ack.go", `// inBatch makes a batch call for messages and makes it again for the entries that
`, `func seconds(d time.Duration) int32 {
	if zoo.On("visibility-in-milliseconds") {
		return int32(d / time.Millisecond)
	}
	return int32(d / time.Second)
}

// inBatch makes a batch call for messages and makes it again for the entries that
`},
		},
	},
	{
		name: "stale-handle", issue: "zarusz/SlimMessageBus#473",
		about: "Receipt handles are kept by message ID from the first try to delete: SQS takes the old one without deleting, and the message comes back until it is a dead letter.",
		edits: []edit{
			{"pkg/queue/worker.go", `// pause waits for d or the end of ctx.
`, `var handles sync.Map // the first handle that was deleted by, by worker and ID

// pause waits for d or the end of ctx.
`},
			{"pkg/queue/ack.go", `ReceiptHandle: aws.String(m.handle)}
`, `ReceiptHandle: aws.String(w.handleOf(m))}
`},
			{"pkg/queue/ack.go", `// setVisibility hides each message from now for as long as it says.
`, `func (w *Worker) handleOf(m Message) string {
	if !zoo.On("stale-handle") {
		return m.handle
	}
	first, _ := handles.LoadOrStore([2]any{w, m.ID}, m.handle)
	return first.(string)
}

// setVisibility hides each message from now for as long as it says.
`},
		},
	},
	{
		name: "batch-failed-unread", issue: "bbc/sqs-consumer#193",
		about: "The failed entries of batch calls are not read: messages that a stopping worker means to release stay hidden.",
		edits: []edit{{"pkg/queue/ack.go", `			f, bad := failed[i]
`, `			f, bad := failed[i]
			bad = bad && !zoo.On("batch-failed-unread")
`}},
	},
	{
		name: "flight-leaked", issue: "zarusz/SlimMessageBus#438",
		about: "A group that fails keeps its place among those on their way: after a few failures no group leaves any more, and the log stands still.",
		edits: []edit{{"pkg/batch/batch.go", `	g.flying--
`, `	for _, err := range errs {
		if err != nil && zoo.On("flight-leaked") {
			return
		}
	}
	g.flying--
`}},
	},
}
