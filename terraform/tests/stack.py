"""What scripts/check-terraform asks of a stack with nothing but an AWS SDK:

    stack.py inventory            prints what there is, a line each, sorted
    stack.py inventory elsewhere  the same of what runs services and watches them
    stack.py client STACK         is a client: a repeat, a conflict and a refusal
    stack.py drift STACK SECONDS  sets the visibility timeout of the stats queue
    stack.py delete BUCKET        deletes an object of the log, which leaves a marker
    stack.py lose_row STACK ID TO restores the table as TO, and deletes a row of its own
    stack.py lose_table STACK OLD deletes OLD, and the stack's table, and restores that
"""

import json
import sys
import time
import uuid

import boto3

sns, sqs, dynamodb, s3 = (boto3.client(service) for service in ("sns", "sqs", "dynamodb", "s3"))


def inventory(what="core"):
    found = elsewhere() if what == "elsewhere" else core()
    print(*sorted(found), sep="\n", end="\n" if found else "")


def core():
    found = ["topic " + topic["TopicArn"].rsplit(":", 1)[1] for topic in sns.list_topics()["Topics"]]
    found += ["subscription " + s["Endpoint"].rsplit(":", 1)[1] for s in sns.list_subscriptions()["Subscriptions"]]
    found += ["queue " + url.rsplit("/", 1)[1] for url in sqs.list_queues().get("QueueUrls", [])]
    found += ["table " + table for table in dynamodb.list_tables()["TableNames"]]
    return found + ["bucket " + bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]


def elsewhere():
    """A key stays for 30 days, disabled, and a definition of a task for ever, inactive."""
    aws = boto3.client
    found = ["function " + f["FunctionName"] for f in aws("lambda").list_functions()["Functions"]]
    found += ["mapping " + m["EventSourceArn"] for m in aws("lambda").list_event_source_mappings()["EventSourceMappings"]]
    found += ["role " + role["RoleName"] for role in aws("iam").list_roles()["Roles"]]
    found += ["policy " + policy["PolicyName"] for policy in aws("iam").list_policies(Scope="Local")["Policies"]]
    found += ["log group " + group["logGroupName"] for group in aws("logs").describe_log_groups()["logGroups"]]
    found += ["alarm " + alarm["AlarmName"] for alarm in aws("cloudwatch").describe_alarms()["MetricAlarms"]]
    found += ["dashboard " + board["DashboardName"] for board in aws("cloudwatch").list_dashboards()["DashboardEntries"]]
    of_aws = {a.get("TargetKeyId") for a in aws("kms").list_aliases()["Aliases"] if a["AliasName"].startswith("alias/aws/")}
    for key in {key["KeyId"] for key in aws("kms").list_keys()["Keys"]} - of_aws:
        state = aws("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
        found += [] if state == "PendingDeletion" else ["key " + key]
    found += ["cluster " + arn for arn in aws("ecs").list_clusters()["clusterArns"] if is_active(arn)]
    targets = aws("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    found += ["scaling " + target["ResourceId"] for target in targets]
    return found + ["network " + vpc["VpcId"] for vpc in aws("ec2").describe_vpcs()["Vpcs"] if not vpc["IsDefault"]]


def is_active(cluster):
    return boto3.client("ecs").describe_clusters(clusters=[cluster])["clusters"][0]["status"] == "ACTIVE"


def client(stack):
    account = boto3.client("sts").get_caller_identity()["Account"]
    topic = f"arn:aws:sns:{sns.meta.region_name}:{account}:{stack}-requests"
    inbox = f"{stack}-inbox-lab-{uuid.uuid4().hex}"
    url = sqs.create_queue(QueueName=inbox)["QueueUrl"]
    try:
        first = ask(topic, url, inbox, request_id="r-42", numbers=[7, 8, 54, 89])
        assert first["status"] == "ok" and first["result"]["mean"] == 39.5, first
        again = ask(topic, url, inbox, request_id="r-42", numbers=[7, 8, 54, 89])
        assert again == first, (first, again)
        conflict = ask(topic, url, inbox, request_id="r-42", numbers=[1, 2])
        assert conflict["status"] == "error" and conflict["error"]["code"] == "id_conflict", conflict
        refusal = ask(topic, url, inbox, request_id="r-43", numbers=[])
        assert refusal["status"] == "error" and refusal["error"]["code"] == "empty_list", refusal
    finally:
        sqs.delete_queue(QueueUrl=url)


def ask(topic, url, inbox, **fields):
    nonce = uuid.uuid4().hex
    request = {"schema": "statline.request/v1", "client_id": "lab", "inbox": inbox, "nonce": nonce} | fields
    sns.publish(TopicArn=topic, Message=json.dumps(request))
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for message in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5).get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            reply = json.loads(message["Body"])
            if reply.pop("nonce") == nonce:
                return reply
    raise TimeoutError(f"no reply to {request}")


def drift(stack, seconds):
    url = sqs.get_queue_url(QueueName=stack + "-stats")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": seconds})


def delete(bucket):
    key = s3.list_objects_v2(Bucket=bucket)["Contents"][0]["Key"]
    assert s3.delete_object(Bucket=bucket, Key=key)["DeleteMarker"], key


def lose_row(stack, request_id, to):
    table = stack + "-results"
    dynamodb.restore_table_to_point_in_time(SourceTableName=table, TargetTableName=to, UseLatestRestorableTime=True)
    dynamodb.get_waiter("table_exists").wait(TableName=to)
    dynamodb.delete_item(TableName=table, Key={"request_id": {"S": request_id}})


def lose_table(stack, old):
    """DynamoDB backs up a table that is deleted, moto does not."""
    table = stack + "-results"
    dynamodb.delete_table(TableName=old)
    backup = dynamodb.create_backup(TableName=table, BackupName="last")["BackupDetails"]["BackupArn"]
    dynamodb.delete_table(TableName=table)
    dynamodb.restore_table_from_backup(TargetTableName=table, BackupArn=backup)
    dynamodb.get_waiter("table_exists").wait(TableName=table)


commands = {"inventory": inventory, "client": client, "drift": drift, "delete": delete, "lose_row": lose_row, "lose_table": lose_table}
commands[sys.argv[1]](*sys.argv[2:])
