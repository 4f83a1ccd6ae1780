package sim

// logBugs are what writers of logs to S3 get wrong.
var logBugs = []bug{
	{
		name: "log-ack-before-stored", issue: "opensearch-project/data-prepper#6999",
		about: "Messages are deleted once their entries are buffered: what the process dies with, or cannot store, is missing from the log.",
		edits: []edit{{"pkg/audit/handler.go", `		err := l.Append(ctx, entries)
`, `		if zoo.On("log-ack-before-stored") {
			go l.Append(context.WithoutCancel(ctx), entries)
			return outcomes
		}
		err := l.Append(ctx, entries)
`}},
	},
	{
		name: "one-bad-fails-batch", issue: "Im5tu/OpenMessage#264",
		about: "One request that cannot be read fails all that were received with it, each time: it is never logged, and others only by luck.",
		edits: []edit{{"pkg/audit/handler.go", `			entries, outcomes[i] = append(entries, of...), err
`, `			entries, outcomes[i] = append(entries, of...), err
			for _, e := range of {
				if e.Fault == nil || !zoo.On("one-bad-fails-batch") {
					continue
				}
				for j := range outcomes {
					outcomes[j] = e.Fault
				}
				return outcomes
			}
`}},
	},
	{
		name: "key-by-second", issue: "cosmo0920/fluent-bit-go-s3#27",
		about: "Objects of the log are named by the second: two of the same second overwrite each other, and entries are lost.",
		edits: []edit{
			{"pkg/audit/log.go", `		key.Writer, key.Seq = l.next()
`, `		key.Writer, key.Seq = l.next()
		if zoo.On("key-by-second") {
			key.First = key.First.Truncate(time.Second)
			key.Last, key.Writer, key.Seq = key.First, "auditlog", 1
		}
`},
			{"pkg/audit/log.go", `IfNoneMatch: aws.String("*"),
`, `IfNoneMatch: map[bool]*string{false: aws.String("*")}[zoo.On("key-by-second")],
`},
		},
	},
	{
		name: "taken-for-ours", issue: "cdapio/cdap#14216",
		about: "That an object is there already is taken for a retry of one's own write: where it is another's, the entries are lost.",
		edits: []edit{
			{"pkg/audit/log.go", `		_, err = l.config.S3.PutObject(ctx, &s3.PutObjectInput{
`, `		if zoo.On("taken-for-ours") {
			key.First = key.First.Truncate(time.Second)
			key.Last, key.Writer, key.Seq = key.First, "auditlog", 1
		}
		_, err = l.config.S3.PutObject(ctx, &s3.PutObjectInput{
`},
			{"pkg/audit/log.go", `		if !taken(err) {
`, `		if taken(err) && zoo.On("taken-for-ours") {
			return nil
		}
		if !taken(err) {
`},
		},
	},
	{
		name: "key-by-writing-time", issue: "aws/aws-for-fluent-bit#459",
		about: "Objects of the log are named by when they are written: what is written late is not found under the hour in which it was asked.",
		edits: []edit{{"pkg/audit/log.go", `	err := l.put(ctx, key, text)
`, `	if zoo.On("key-by-writing-time") {
		key.First = time.Now()
		key.Last = key.First
	}
	err := l.put(ctx, key, text)
`}},
	},
}
