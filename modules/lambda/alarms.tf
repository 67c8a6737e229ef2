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
      Condition = {
        ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:cloudwatch:${local.region}:${local.account}:alarm:${local.name}-*" }
        StringEquals = { "aws:SourceAccount" = local.account }
      }
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
  rules              = merge({ schedule = aws_cloudwatch_event_rule.schedule }, { for at, rule in aws_cloudwatch_event_rule.created : "created-${at}" => rule })
  service_dimension  = { service = local.name }

  # What docs/operations.md explains, one by one.
  alarms = merge({
    failed = {
      description = "A run failed."
      namespace   = "AWS/Lambda", metric = "Errors", dimensions = local.function_dimension
      statistic   = "Sum", threshold = 0, minutes = 5, missing = "notBreaching"
    }
    not-loaded = {
      description = "A file could not be loaded; it is tried again with the hour only."
      namespace   = var.project, metric = "RunsFailed", dimensions = local.service_dimension
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
      namespace   = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", dimensions = { QueueName = aws_sqs_queue.dead_letters.name }
      statistic   = "Maximum", threshold = 0, minutes = 5, missing = "notBreaching"
    }
    no-success = {
      description = "No successful run for two hours, or no run at all."
      namespace   = var.project, metric = "SecondsSinceSuccess", dimensions = local.service_dimension
      statistic   = "Maximum", threshold = 6900, minutes = 120, missing = "breaching" # the second failed hour counts
    }
    throttled = {
      description = "The function was called and had no place."
      namespace   = "AWS/Lambda", metric = "Throttles", dimensions = local.function_dimension
      statistic   = "Sum", threshold = 0, minutes = 5, missing = "notBreaching"
    }
    dropped = {
      description = "An hourly event was dropped before it ran."
      namespace   = "AWS/Lambda", metric = "AsyncEventsDropped", dimensions = local.function_dimension
      statistic   = "Sum", threshold = 0, minutes = 5, missing = "notBreaching"
    }
    slow = {
      description = "A run took more than 80 % of the function's time."
      namespace   = "AWS/Lambda", metric = "Duration", dimensions = local.function_dimension
      statistic   = "Maximum", threshold = var.timeout_seconds * 1000 * 0.8, minutes = 5, missing = "notBreaching"
    }
    waiting = {
      description = "A new file's event waits for more than an hour."
      namespace   = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", dimensions = { QueueName = aws_sqs_queue.events.name }
      statistic   = "Maximum", threshold = 3600 + local.visibility_seconds, minutes = 5, missing = "notBreaching"
    }
    }, { for key, rule in local.rules : "undelivered-${key}" => {
      description = "The rule ${rule.name} could not deliver an event."
      namespace   = "AWS/Events", metric = "FailedInvocations", dimensions = { RuleName = rule.name }
      statistic   = "Sum", threshold = 0, minutes = 5, missing = "notBreaching"
  } })
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
