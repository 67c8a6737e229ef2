locals {
  buckets = { data = aws_s3_bucket.data, logs = aws_s3_bucket.logs }
}

resource "aws_s3_bucket" "data" {
  #checkov:skip=CKV_AWS_144: the files come from elsewhere and can be sent again; the table is in the database's backups

  bucket        = "${local.name}-data-${local.account}"
  force_destroy = !var.deletion_protection
}

resource "aws_s3_bucket" "logs" {
  #checkov:skip=CKV_AWS_18: it is the bucket that holds the access log
  #checkov:skip=CKV2_AWS_62: no one waits for access logs
  #checkov:skip=CKV_AWS_144: access logs need no second region
  #checkov:skip=CKV_AWS_145: S3 delivers access logs only to a bucket encrypted with its own keys

  bucket        = "${local.name}-access-logs-${local.account}"
  force_destroy = !var.deletion_protection
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = local.buckets

  bucket = each.value.bucket

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "data" {
  bucket = aws_s3_bucket.data.bucket

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.this.arn
    }
  }
}

# S3 delivers access logs only to a bucket encrypted with its own keys.
resource "aws_s3_bucket_server_side_encryption_configuration" "logs" {
  bucket = aws_s3_bucket.logs.bucket

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = local.buckets

  bucket                  = each.value.bucket
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = local.buckets

  bucket = each.value.bucket

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_policy" "this" {
  for_each = local.buckets

  bucket     = each.value.bucket
  depends_on = [aws_s3_bucket_public_access_block.this]

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([{
      Sid       = "OnlyTls"
      Effect    = "Deny"
      Principal = { AWS = "*" }
      Action    = "s3:*"
      Resource  = [each.value.arn, "${each.value.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
      }], [for statement in local.statements_of_the_data_bucket : statement if each.key == "data"], each.key != "logs" ? [] : [{
      Sid       = "AccessLogsOfTheDataBucket"
      Effect    = "Allow"
      Principal = { Service = "logging.s3.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "${each.value.arn}/data/*"
      Condition = {
        ArnLike      = { "aws:SourceArn" = aws_s3_bucket.data.arn }
        StringEquals = { "aws:SourceAccount" = local.account }
      }
    }])
  })
}

resource "aws_s3_bucket_logging" "data" {
  bucket        = aws_s3_bucket.data.bucket
  target_bucket = aws_s3_bucket_policy.this["logs"].bucket
  target_prefix = "data/"
}

resource "aws_s3_bucket_lifecycle_configuration" "data" {
  bucket = aws_s3_bucket_versioning.this["data"].bucket

  rule {
    id     = "old-versions-expire"
    status = "Enabled"
    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.object_version_days
    }

    # What is left of an object that was deleted, once its versions are gone.
    expiration {
      expired_object_delete_marker = true
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  bucket = aws_s3_bucket_versioning.this["logs"].bucket

  rule {
    id     = "access-logs-expire"
    status = "Enabled"
    filter {}

    expiration {
      days = var.log_retention_days
    }

    noncurrent_version_expiration {
      noncurrent_days = 1
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  # The first rule's `days` leave a marker for each log; one rule can't say both.
  rule {
    id     = "markers-of-expired-logs-go"
    status = "Enabled"
    filter {}

    expiration {
      expired_object_delete_marker = true
    }
  }
}

resource "aws_s3_bucket_notification" "data" {
  bucket      = aws_s3_bucket.data.bucket
  eventbridge = true
}
