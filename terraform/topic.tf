# Requests are published here, and go raw (as they are, without the envelope of SNS)
# to the queue of each service. What SNS cannot deliver goes to the queue
# "undelivered".

resource "aws_sns_topic" "requests" {
  name              = local.topic
  policy            = local.topic_policy
  kms_master_key_id = coalesce(local.key, "alias/aws/sns")
}

resource "aws_sns_topic_subscription" "service" {
  for_each             = local.services
  topic_arn            = aws_sns_topic.requests.arn
  protocol             = "sqs"
  endpoint             = local.queue_arns[each.key]
  raw_message_delivery = true
  redrive_policy       = jsonencode({ deadLetterTargetArn = local.queue_arns["undelivered"] })
  depends_on           = [aws_sqs_queue.service, aws_sqs_queue.undelivered]
}
