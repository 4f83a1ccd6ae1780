# One row for every request. The index by_time, for listing, holds what a listing
# shows: "shard" is a day and one of 64 parts of it, "sort" begins with the time.

locals {
  keys        = var.history_index ? ["request_id", "shard", "sort"] : ["request_id"]
  keep        = "${24 * var.keep_days}h" # the stats service writes it into each row
  index_shows = ["status", "client_id", "completed_at", "error_code", "count", "min", "max", "mean", "median"]
}

resource "aws_dynamodb_table" "results" {
  name                        = local.table
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "request_id"
  deletion_protection_enabled = var.protect

  dynamic "attribute" {
    for_each = toset(local.keys)
    content {
      name = attribute.key
      type = "S"
    }
  }

  dynamic "global_secondary_index" {
    for_each = toset(var.history_index ? ["by_time"] : [])
    content {
      name               = global_secondary_index.key
      hash_key           = "shard"
      range_key          = "sort"
      projection_type    = "INCLUDE"
      non_key_attributes = local.index_shows
    }
  }

  # Without this block, the key is one that DynamoDB owns.
  dynamic "server_side_encryption" {
    for_each = var.kms_key == null ? [] : [local.key]
    content {
      enabled     = true
      kms_key_arn = server_side_encryption.value
    }
  }

  ttl {
    attribute_name = "ttl"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  # Made last, so destroyed first: where protect refuses that, the whole stack stays.
  depends_on = [
    aws_sns_topic_subscription.service,
    aws_s3_bucket_versioning.audit,
    aws_s3_bucket_ownership_controls.audit,
    aws_s3_bucket_server_side_encryption_configuration.audit,
    aws_s3_bucket_policy.audit,
    aws_s3_bucket_lifecycle_configuration.audit,
    aws_s3_bucket_object_lock_configuration.audit,
  ]
}
