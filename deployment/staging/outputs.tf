output "bucket" {
  description = "Bucket into which the CSV files are put."
  value       = module.platform.bucket.name
}

output "database" {
  description = "The cluster: ARN, endpoint, port, database name and resource id."
  value       = module.platform.database
}

output "database_user" {
  description = "Database user of the function, made by `make create_database_user_*`."
  value       = var.database_user
}

output "tables" {
  description = "Tables of the feeds, to which that user is granted access."
  value       = distinct(var.feeds[*].table)
}

output "database_user_secret" {
  description = "Secret of that user, name and ARN; null with IAM sign-in."
  value       = module.platform.database_user_secret
}

output "master_secret_arn" {
  description = "Secret with the master password, made and rotated by RDS."
  value       = module.platform.master_secret_arn
}

output "function_name" {
  description = "Name of the function."
  value       = module.lambda.function_name
}

output "log_group" {
  description = "Log group of the function."
  value       = module.lambda.log_group
}

output "dead_letters_url" {
  description = "Queue of the events that were given up."
  value       = module.lambda.dead_letters_url
}

output "alarm_topic_arn" {
  description = "Topic to which the alarms are sent."
  value       = module.lambda.alarm_topic_arn
}

output "dashboard" {
  description = "Name of the CloudWatch dashboard."
  value       = module.lambda.dashboard
}
