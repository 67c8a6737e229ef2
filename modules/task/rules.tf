# The function has no way to ECS: it writes an object below tasks/, and this starts the task.
resource "aws_cloudwatch_event_rule" "start" {
  name        = "${local.name}-task-start"
  description = "A feed is to run as a task"

  event_pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created"]
    detail = {
      bucket = { name = [var.bucket_name] }
      object = { key = [{ prefix = var.needs.prefix }] }
    }
  })
}

resource "aws_cloudwatch_event_target" "start" {
  rule     = aws_cloudwatch_event_rule.start.name
  arn      = aws_ecs_cluster.this.arn
  role_arn = aws_iam_role.start.arn

  ecs_target {
    task_definition_arn = aws_ecs_task_definition.this.arn
    task_count          = 1
    launch_type         = "FARGATE"

    network_configuration {
      subnets          = var.network.subnet_ids
      security_groups  = var.network.security_group_ids
      assign_public_ip = var.network.public_address
    }
  }

  input_transformer {
    input_paths = { key = "$.detail.object.key" }

    # The key names the feed. No jsonencode: it writes < and > as \u003c and \u003e, which
    # EventBridge does not take for a variable; and no quotes: EventBridge sets them.
    input_template = <<-JSON
      {"containerOverrides": [{"name": "csvferry", "environment": [{"name": "CSVFERRY_FEED", "value": <key>}]}]}
    JSON
  }

  dead_letter_config {
    arn = var.needs.dead_letters.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 10
  }

  depends_on = [aws_iam_role_policy.start]
}

# Nobody retries a task that failed: its end is an event, kept with its reason among the dead
# letters, and alarmed. A task that never came to run its code has no exit code.
resource "aws_cloudwatch_event_rule" "failed" {
  name        = "${local.name}-task-failed"
  description = "A task ended otherwise than well"

  event_pattern = jsonencode({
    source      = ["aws.ecs"]
    detail-type = ["ECS Task State Change"]
    detail = {
      clusterArn = [aws_ecs_cluster.this.arn]
      lastStatus = ["STOPPED"]
      "$or" = [
        { containers = { exitCode = [{ anything-but = [0] }] } },
        { stopCode = [{ anything-but = ["EssentialContainerExited"] }] },
      ]
    }
  })
}

resource "aws_cloudwatch_event_target" "failed" {
  rule = aws_cloudwatch_event_rule.failed.name
  arn  = var.needs.dead_letters.arn
}

resource "aws_cloudwatch_metric_alarm" "failed" {
  alarm_name          = "${local.name}-task-failed"
  alarm_description   = "A task failed, or never came to run. What to do: docs/operations.md, alarm task-failed."
  namespace           = "AWS/Events"
  metric_name         = "TriggeredRules"
  dimensions          = { RuleName = aws_cloudwatch_event_rule.failed.name }
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.needs.alarm_topic_arn]
  ok_actions          = [var.needs.alarm_topic_arn]
}

resource "aws_cloudwatch_metric_alarm" "undelivered" {
  alarm_name          = "${local.name}-undelivered-task"
  alarm_description   = "The rule ${aws_cloudwatch_event_rule.start.name} could not start a task. What to do: docs/operations.md, alarm undelivered."
  namespace           = "AWS/Events"
  metric_name         = "FailedInvocations"
  dimensions          = { RuleName = aws_cloudwatch_event_rule.start.name }
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.needs.alarm_topic_arn]
  ok_actions          = [var.needs.alarm_topic_arn]
}
