# The text log of all requests. What is overwritten or deleted stays as an older
# version.

resource "aws_s3_bucket" "audit" {
  bucket        = local.bucket
  force_destroy = !var.protect
}

resource "aws_s3_bucket_versioning" "audit" {
  bucket = aws_s3_bucket.audit.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_ownership_controls" "audit" {
  bucket = aws_s3_bucket.audit.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "audit" {
  bucket = aws_s3_bucket.audit.id
  rule {
    bucket_key_enabled = var.kms_key == null ? null : true # far fewer calls to KMS
    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key == null ? "AES256" : "aws:kms"
      kms_master_key_id = local.key
    }
  }
}

resource "aws_s3_bucket_public_access_block" "audit" {
  bucket                  = aws_s3_bucket.audit.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_policy" "audit" {
  bucket     = aws_s3_bucket.audit.id
  policy     = local.bucket_policy
  depends_on = [aws_s3_bucket_public_access_block.audit] # S3 refuses both at once with OperationAborted
}

# The provider waits 55 seconds for this rule, when it makes and when it changes it.
# Days also clears away the delete markers that are left ("Expiration", Amazon S3
# API Reference).
resource "aws_s3_bucket_lifecycle_configuration" "audit" {
  count  = var.audit_expire_days > 0 ? 1 : 0
  bucket = aws_s3_bucket.audit.id
  rule {
    id     = "expire"
    status = "Enabled"
    filter {
      prefix = "logs/"
    }
    expiration {
      days = var.audit_expire_days
    }
    noncurrent_version_expiration {
      noncurrent_days = 30
    }
  }
  depends_on = [aws_s3_bucket_versioning.audit]
}

# Until then nobody deletes an object for good whom IAM does not let pass over the
# lock (s3:BypassGovernanceRetention). S3 cannot turn it off again.
resource "aws_s3_bucket_object_lock_configuration" "audit" {
  count  = var.audit_lock_days > 0 ? 1 : 0
  bucket = aws_s3_bucket.audit.id
  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = var.audit_lock_days
    }
  }
  depends_on = [aws_s3_bucket_versioning.audit]
}
