resource "aws_sns_topic" "alarms" {
  name              = "${local.name}-alarms"
  kms_master_key_id = var.kms_key_arn
}

resource "aws_sns_topic_policy" "alarms" {
  arn = aws_sns_topic.alarms.arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AlarmsOfThisAccount"
      Effect    = "Allow"
      Principal = { Service = "cloudwatch.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.alarms.arn
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_sns_topic_subscription" "email" {
  for_each = var.alarm_emails

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

locals {
  function_dimension = { FunctionName = aws_lambda_function.this.function_name }
  queue_dimension    = { QueueName = aws_sqs_queue.dead_letters.name }
  service_dimension  = { service = local.name }

  # What docs/operations.md explains, one by one.
  alarms = {
    failed = {
      description = "A run failed."
      namespace   = "AWS/Lambda", metric = "Errors", dimensions = local.function_dimension
      statistic   = "Sum", threshold = 0, minutes = 5, missing = "notBreaching"
    }
    guarded = {
      description = "A guard stopped a run: too many rejects or deletes, or an empty file."
      namespace   = var.project, metric = "RunsGuarded", dimensions = local.service_dimension
      statistic   = "Sum", threshold = 0, minutes = 5, missing = "notBreaching"
    }
    rejects = {
      description = "More than ${var.rejected_share_alarm} % of a file's rows were rejected."
      namespace   = var.project, metric = "RejectedShare", dimensions = local.service_dimension
      statistic   = "Maximum", threshold = var.rejected_share_alarm, minutes = 5, missing = "notBreaching"
    }
    dead-letters = {
      description = "An event was given up and lies in the dead-letter queue."
      namespace   = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", dimensions = local.queue_dimension
      statistic   = "Maximum", threshold = 0, minutes = 5, missing = "notBreaching"
    }
    no-success = {
      description = "No successful run for two hours, or no run at all."
      namespace   = var.project, metric = "SecondsSinceSuccess", dimensions = local.service_dimension
      statistic   = "Maximum", threshold = 6900, minutes = 120, missing = "breaching" # the second failed hour counts
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = "${each.value.description} What to do: docs/operations.md, alarm ${each.key}."
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  period              = each.value.minutes * 60
  evaluation_periods  = 1
  treat_missing_data  = each.value.missing
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}
