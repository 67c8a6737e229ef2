# Events are wake-ups: they wait in a standard queue and reach the function in large
# batches. It runs each feed concerned once, and returns what must be tried again.

locals {
  batch_size       = 1000
  batching_seconds = 30
  # Above the function's timeout and the time in which a batch is gathered: a message that
  # is still being worked on is not delivered again, one that was returned is after this.
  visibility_seconds = var.timeout_seconds + local.batching_seconds + 30
  # Each delivery counts, also those that are returned because another run holds the feed.
  deliveries        = 20
  retention_seconds = 24 * 3600
}

resource "aws_sqs_queue" "events" {
  name                       = "${local.name}-events"
  kms_master_key_id          = var.kms_key_arn
  visibility_timeout_seconds = local.visibility_seconds
  message_retention_seconds  = local.retention_seconds

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = local.deliveries
  })

  lifecycle {
    precondition {
      condition     = local.visibility_seconds > var.timeout_seconds + local.batching_seconds && local.visibility_seconds <= 43200
      error_message = "The queue's visibility timeout must be above the function's timeout, and at most 12 hours."
    }
    precondition {
      condition     = local.visibility_seconds * local.deliveries < local.retention_seconds
      error_message = "A message must reach the dead-letter queue before its retention ends."
    }
  }
}

resource "aws_sqs_queue_policy" "events" {
  queue_url = aws_sqs_queue.events.url

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "OnlyTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = aws_sqs_queue.events.arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "NewObjects"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = aws_sqs_queue.events.arn
        Condition = { ArnEquals = { "aws:SourceArn" = [for rule in aws_cloudwatch_event_rule.created : rule.arn] } }
      },
    ]
  })
}

resource "aws_lambda_event_source_mapping" "events" {
  event_source_arn        = aws_sqs_queue.events.arn
  function_name           = aws_lambda_alias.live.arn
  function_response_types = ["ReportBatchItemFailures"]

  batch_size                         = local.batch_size
  maximum_batching_window_in_seconds = local.batching_seconds

  scaling_config {
    maximum_concurrency = local.concurrency_of_the_queue
  }

  depends_on = [aws_iam_role_policy.function]
}
