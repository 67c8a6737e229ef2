output "function_name" {
  description = "Name of the function, for a direct invocation."
  value       = aws_lambda_function.this.function_name
}

output "alias" {
  description = "Alias of the function that is invoked; a rollback points it at an older version."
  value       = aws_lambda_alias.live.name
}

output "log_group" {
  description = "Log group of the function."
  value       = aws_cloudwatch_log_group.function.name
}

output "events_url" {
  description = "Queue in which the events of new objects wait for the function."
  value       = aws_sqs_queue.events.url
}

output "dead_letters_url" {
  description = "Queue of the events that were given up."
  value       = aws_sqs_queue.dead_letters.url
}

output "alarm_topic_arn" {
  description = "Topic to which the alarms are sent."
  value       = aws_sns_topic.alarms.arn
}

output "dashboard" {
  description = "Name of the CloudWatch dashboard; null without one."
  value       = one(aws_cloudwatch_dashboard.this[*].dashboard_name)
}

output "task_needs" {
  description = "What modules/task runs a feed with: the function's environment, and the statements of a run for its role."
  value = {
    environment     = local.environment
    statements      = jsonencode(local.statements_of_a_run)
    dead_letters    = { arn = aws_sqs_queue.dead_letters.arn, url = aws_sqs_queue.dead_letters.url }
    alarm_topic_arn = aws_sns_topic.alarms.arn
    prefix          = local.prefixes.tasks
  }

  # The rule's events can be kept only once the queue lets the rules of this environment in.
  depends_on = [aws_sqs_queue_policy.dead_letters]
}
