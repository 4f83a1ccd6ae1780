"""The services as a first script has them: boto3, one message at a time.

Its argument is the service, "stats" or "audit".
"""

import json
import os
import statistics
import sys

import boto3

role = sys.argv[1]
stack = os.environ["STATLINE_STACK"]
sqs, dynamodb, s3 = boto3.client("sqs"), boto3.client("dynamodb"), boto3.client("s3")
url = sqs.get_queue_url(QueueName=f"{stack}-{role}")["QueueUrl"]
bucket = f"{stack}-audit-000000000000-{os.environ['AWS_REGION']}"


def answer(q):
    numbers = q["numbers"]
    return {
        "id": q["id"],
        "count": len(numbers),
        "sum": sum(numbers),
        "min": min(numbers),
        "max": max(numbers),
        "mean": statistics.mean(numbers),
        "median": statistics.median(numbers),
        "stddev": statistics.stdev(numbers) if len(numbers) > 1 else 0,
    }


def compute(q):
    r = answer(q)
    item = {k: {"N": repr(v)} for k, v in r.items() if k != "id"}
    item |= {"request_id": {"S": q["id"]}, "sent_at": {"S": q["sent_at"]}}
    dynamodb.put_item(TableName=f"{stack}-results", Item=item)
    sqs.send_message(QueueUrl=q["reply_to"], MessageBody=json.dumps(r))


def log(q):
    line = f"{q['sent_at']} request={q['id']} count={len(q['numbers'])} numbers={json.dumps(q['numbers'])}\n"
    s3.put_object(Bucket=bucket, Key=f"requests/{q['id']}.txt", Body=line.encode())


handle = compute if role == "stats" else log
while True:
    for m in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1, WaitTimeSeconds=20).get("Messages", []):
        handle(json.loads(m["Body"]))
        sqs.delete_message(QueueUrl=url, ReceiptHandle=m["ReceiptHandle"])
