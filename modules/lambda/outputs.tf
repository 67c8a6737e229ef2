output "function_name" {
  description = "Name of the function, for a direct invocation."
  value       = aws_lambda_function.this.function_name
}

output "log_group" {
  description = "Log group of the function."
  value       = aws_cloudwatch_log_group.function.name
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
  description = "Name of the CloudWatch dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}
