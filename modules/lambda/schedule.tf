locals {
  rules = { schedule = aws_cloudwatch_event_rule.schedule, created = aws_cloudwatch_event_rule.created }

  # A whole key is matched as it is, a prefix or glob by what stands before its wildcard;
  # the function's own state objects never match.
  keys = distinct([for source in local.sources : source.many ? jsonencode({ prefix = source.prefix }) : jsonencode(source.prefix)])
}

resource "aws_cloudwatch_event_rule" "schedule" {
  name                = "${local.name}-schedule"
  description         = "All feeds, whether or not something arrived"
  schedule_expression = var.schedule
}

resource "aws_cloudwatch_event_rule" "created" {
  name        = "${local.name}-object-created"
  description = "A new file need not wait for the schedule"

  event_pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created"]
    detail = {
      bucket = { name = [var.bucket.name] }
      object = { key = [for key in local.keys : jsondecode(key)] }
    }
  })
}

resource "aws_cloudwatch_event_target" "function" {
  for_each = local.rules

  rule = each.value.name
  arn  = aws_lambda_function.this.arn

  dead_letter_config {
    arn = aws_sqs_queue.dead_letters.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 10
  }

  depends_on = [aws_sqs_queue_policy.dead_letters]
}

resource "aws_lambda_permission" "rule" {
  for_each = local.rules

  statement_id   = each.key
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.this.function_name
  principal      = "events.amazonaws.com"
  source_arn     = each.value.arn
  source_account = local.account
}
