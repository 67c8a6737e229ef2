resource "aws_cloudwatch_event_rule" "schedule" {
  name                = "${local.name}-schedule"
  description         = "All feeds, whether or not something arrived"
  schedule_expression = var.schedule
}

# The hourly rule invokes the function itself: what the queue should lose, the hour finds.
resource "aws_cloudwatch_event_target" "schedule" {
  rule = aws_cloudwatch_event_rule.schedule.name
  arn  = aws_lambda_alias.live.arn

  dead_letter_config {
    arn = aws_sqs_queue.dead_letters.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 10
  }

  depends_on = [aws_sqs_queue_policy.dead_letters]
}

# No source_account: EventBridge sends none for a rule, and the condition would refuse all.
resource "aws_lambda_permission" "schedule" {
  statement_id  = "schedule"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.this.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.schedule.arn
}

resource "aws_cloudwatch_event_rule" "created" {
  for_each = local.key_groups

  name        = "${local.name}-object-created-${each.key}"
  description = "A new file need not wait for the schedule"

  event_pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created"]
    detail = {
      bucket = { name = [var.bucket.name] }
      object = { key = each.value }
    }
  })

  lifecycle {
    precondition {
      condition     = local.pattern_rest + length(jsonencode(each.value)) <= local.pattern_limit
      error_message = "A feed's source is too long for the pattern of a rule (2,048 characters)."
    }
  }
}

resource "aws_cloudwatch_event_target" "created" {
  for_each = aws_cloudwatch_event_rule.created

  rule = each.value.name
  arn  = aws_sqs_queue.events.arn

  dead_letter_config {
    arn = aws_sqs_queue.dead_letters.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 10
  }

  depends_on = [aws_sqs_queue_policy.dead_letters, aws_sqs_queue_policy.events]
}
