output "cluster_arn" {
  description = "ECS cluster of the tasks."
  value       = aws_ecs_cluster.this.arn
}

output "registry" {
  description = "Address of the registry that the image is pushed to."
  value       = aws_ecr_repository.this.repository_url
}

output "log_group" {
  description = "Log group of the tasks."
  value       = aws_cloudwatch_log_group.task.name
}
