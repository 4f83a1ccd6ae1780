package main

const head = `# Scale

What a stack costs and what bounds it, at 1, 1,000 and 100,000 requests a second, around the clock. This page is made by [` + "`scripts/scale`" + `](../scripts/scale) (` + "`go run ./scripts/scale >terraform/scale.md`" + `), and a test fails where it is not what that prints.

It is computed, not billed. Calls and sizes are [measured](../scripts/scale/measured.json) on the embedded endpoint, which hands out full batches where there is a backlog, for lists of 25 whole numbers from 8 clients: %.0f bytes a request, %.0f of row, %.0f of index and %.0f of log. ` + "[`TestBenchCost`](../scripts/statline/bench_calls_test.go)" + ` and ` + "[`TestScaleBytes`](../scripts/statline/measured_test.go)" + ` hold the file to that, and ` + "[`TestEvents`](../scripts/scale/event_test.go)" + ` what is computed of a function's calls. Assumed are:

* %.0f µs of a processor for a request in both services together, on any processor, and a task that uses 60 %% of its quarter.
* A function of 512 MB has 0.29 of a processor ("Configure Lambda function memory"); an event of stats waits 11 ms for table and inboxes, one of audit 30 ms for S3. Events of stats hold 1, 10 and 10 messages, those of audit what comes in 30 seconds to each of five pollers, or 1,000 messages or 6 MB. Lambda writes 320 bytes of lines about each, and the service 400 of metrics.
* Rows are kept 90 days and the log for a year, all of which is there already.
* What SNS sends to queues is free, as its price list says of deliveries; were SQS to bill these sends, a million messages would cost $0.80 more.
* All is in one region, so nothing is paid for transfer.

`

const afterBill = `* **Where there is much to do, rows cost more than messages.** At 1,000 a second and above, seven to eight tenths of the bill are the table: what is written, and then what is kept. At one a second most is polls, objects, alarms and tasks. Rows of a week instead of 90 days (` + "`keep_days`" + `) and no index take away most of it.
* **At one request a second** a worker's log is dear, for each object has few entries: ` + "`STATLINE_AUDIT_AGE=60s`" + ` makes the PUTs a thirtieth (where you start the services: Terraform's tasks have no variable for it). Functions gather for 30 seconds anyway.
* **Compute is next to nothing** where there is much to do, as functions and as tasks alike. A mapping starts with five events at a time and adds up to 300 a minute ("Configuring scaling behavior for SQS event source mappings"); ` + "`lambda_pollers`" + ` add faster.
* SQS bills what its clients receive and delete; a client that multiplexes many callers into one inbox, as this project's do, pays the least.

`
