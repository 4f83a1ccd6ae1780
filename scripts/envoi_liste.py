"""envoi_liste([7, 8, 54, 89]) sends a list to a statline stack and returns its statistics.

It knows the message format and nothing else of this project. Call it from any number of
threads and processes at once: each process has an inbox of its own, whichever thread is
polling it files the replies of all, and nobody takes another's.
"""
import atexit, decimal, json, secrets, sys, threading, time, uuid
import boto3

class Client:
    def __init__(self, stack="statline"):
        self.sns, self.sqs, self.dynamodb = (boto3.client(s) for s in ("sns", "sqs", "dynamodb"))
        account = boto3.client("sts").get_caller_identity()
        self.topic = f"arn:{account['Arn'].split(':')[1]}:sns:{self.sns.meta.region_name}:{account['Account']}:{stack}-requests"
        self.inbox, self.table = f"{stack}-inbox-anon-{secrets.token_hex(12)}", f"{stack}-results"
        self.url = self.sqs.create_queue(QueueName=self.inbox, Attributes={"MessageRetentionPeriod": "3600"})["QueueUrl"]
        atexit.register(self.sqs.delete_queue, QueueUrl=self.url)
        self.replies, self.polling = {}, threading.Lock()  # replies: None until the reply is here

    def ask(self, numbers, timeout=30):
        me = (str(uuid.uuid4()), secrets.token_urlsafe(16))  # request ID and nonce
        self.replies[me] = None  # the waiter is there before the request is
        self.sns.publish(TopicArn=self.topic, Message=json.dumps({"schema": "statline.request/v1", "request_id": me[0],
            "nonce": me[1], "inbox": self.inbox, "numbers": numbers}))
        end = time.monotonic() + timeout
        while self.replies[me] is None and time.monotonic() < end:
            with self.polling:
                if self.replies[me] is None:
                    self.poll()
        return self.replies.pop(me) or self.stored(me[0])  # the table has what the inbox has not

    def poll(self):
        for m in self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=2).get("Messages", []):
            reply = json.loads(m["Body"], parse_float=decimal.Decimal)
            key = (reply["request_id"], reply.get("nonce"))
            if key in self.replies:  # strangers and repeats are dropped
                self.replies[key] = reply
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=m["ReceiptHandle"])

    def stored(self, request_id):
        return self.dynamodb.get_item(TableName=self.table, Key={"request_id": {"S": request_id}}, ConsistentRead=True).get("Item")

def envoi_liste(numbers, clients={}, lock=threading.Lock()):
    with lock:
        client = clients.get("one") or clients.setdefault("one", Client())
    return client.ask(numbers)

if __name__ == "__main__":
    print(envoi_liste([json.loads(n) for n in sys.argv[1:]] or [7, 8, 54, 89]))
