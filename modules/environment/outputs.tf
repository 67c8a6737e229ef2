output "bucket" {
  description = "Bucket into which the CSV files are put."
  value       = module.platform.bucket.name
}

output "database" {
  description = "The cluster: identifier, ARN, endpoint, reader endpoint, port, database name and resource id."
  value       = module.platform.database
}

output "database_user" {
  description = "Database user of the function, made by `make create_database_user_*`."
  value       = var.settings.database_user
}

output "tables" {
  description = "Tables of the feeds, to which that user is granted access."
  value       = distinct(var.settings.feeds[*].table)
}

output "database_user_secret" {
  description = "Secret of that user, name and ARN; null with IAM sign-in."
  value       = module.platform.database_user_secret
}

output "master_secret_arn" {
  description = "Secret with the master password, made and rotated by RDS."
  value       = module.platform.master_secret_arn
}

output "client_security_group_id" {
  description = "Security group for readers: whatever has it reaches the database."
  value       = module.platform.client_security_group_id
}

output "kms_key_arn" {
  description = "The customer key; senders of other accounts name it when they upload."
  value       = module.platform.kms_key_arn
}

output "restore_with" {
  description = "What `make restore_database_*` gives a restored cluster; null with a cluster that existed already."
  value       = module.platform.restore_with
}

output "function_name" {
  description = "Name of the function."
  value       = module.lambda.function_name
}

output "function_alias" {
  description = "Alias of the function that is invoked."
  value       = module.lambda.alias
}

output "log_group" {
  description = "Log group of the function."
  value       = module.lambda.log_group
}

output "events_url" {
  description = "Queue in which the events of new objects wait."
  value       = module.lambda.events_url
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
  description = "Name of the CloudWatch dashboard; null without one."
  value       = module.lambda.dashboard
}

output "registry" {
  description = "Registry of the tasks' image; null without tasks."
  value       = one(module.task[*].registry)
}
