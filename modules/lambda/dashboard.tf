locals {
  # Title, statistic and metrics of each graph, two in a row.
  graphs = [
    { title = "Rows by outcome", stat = "Sum", metrics = [for outcome in ["Inserted", "Updated", "Deleted", "Unchanged", "Duplicate", "Rejected"] : [var.project, "Rows${outcome}", "service", local.name]] },
    { title = "Runs by outcome", stat = "Sum", metrics = [for outcome in ["Applied", "Unchanged", "Planned", "Guarded", "Failed"] : [var.project, "Runs${outcome}", "service", local.name]] },
    { title = "Seconds since the last success", stat = "Maximum", metrics = [[var.project, "SecondsSinceSuccess", "service", local.name]] },
    { title = "Rejected rows, % of a file", stat = "Maximum", metrics = [[var.project, "RejectedShare", "service", local.name]] },
    { title = "Seconds a run", stat = "Maximum", metrics = [[var.project, "Seconds", "service", local.name]] },
    { title = "Bytes read", stat = "Sum", metrics = [[var.project, "Bytes", "service", local.name]] },
    { title = "Failed invocations and dead letters", stat = "Sum", metrics = [["AWS/Lambda", "Errors", "FunctionName", aws_lambda_function.this.function_name], ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", aws_sqs_queue.dead_letters.name, { stat = "Maximum" }]] },
    { title = "Events that wait: age of the oldest, seconds", stat = "Maximum", metrics = [["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", aws_sqs_queue.events.name]] },
    { title = "Database capacity, ACU", stat = "Maximum", metrics = [["AWS/RDS", "ServerlessDatabaseCapacity", "DBClusterIdentifier", var.database.cluster]] },
  ]

  alarm_widget = {
    type       = "alarm", x = 0, y = 0, width = 24, height = 3
    properties = { title = local.name, alarms = [for alarm in aws_cloudwatch_metric_alarm.this : alarm.arn] }
  }

  graph_widgets = [for at, graph in local.graphs : {
    type       = "metric", x = at % 2 * 12, y = 3 + floor(at / 2) * 6, width = 12, height = 6
    properties = { title = graph.title, stat = graph.stat, period = 3600, region = local.region, view = "timeSeries", metrics = graph.metrics }
  }]
}

# Three USD a month each, the first three of an account aside: where it is asked for.
resource "aws_cloudwatch_dashboard" "this" {
  count = var.dashboard ? 1 : 0

  dashboard_name = local.name
  dashboard_body = jsonencode({ widgets = concat([local.alarm_widget], local.graph_widgets) })
}
