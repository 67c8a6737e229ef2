output "bucket" {
  description = "The data bucket: name and ARN."
  value       = { name = aws_s3_bucket_versioning.this["data"].bucket, arn = aws_s3_bucket.data.arn }
}

output "kms_key_arn" {
  description = "The customer key that encrypts everything of this environment."
  value       = aws_kms_key.this.arn
}

output "function_network" {
  description = "Where the function runs: private subnets and its security group."
  value = {
    subnet_ids         = local.private_subnets
    security_group_ids = [aws_security_group.function.id]
  }
}

output "database" {
  description = "The cluster: identifier, ARN, endpoint, reader endpoint, port, database name and the resource id that rds-db:connect wants."
  value = one(concat(
    [for cluster in aws_rds_cluster.this : {
      cluster     = cluster.cluster_identifier
      arn         = cluster.arn
      host        = cluster.endpoint
      reader_host = cluster.reader_endpoint
      port        = cluster.port
      name        = cluster.database_name
      resource_id = cluster.cluster_resource_id
    }],
    [for cluster in data.aws_rds_cluster.existing : {
      cluster     = cluster.cluster_identifier
      arn         = cluster.arn
      host        = cluster.endpoint
      reader_host = cluster.reader_endpoint
      port        = cluster.port
      name        = var.database_name
      resource_id = cluster.cluster_resource_id
    }],
  ))
}

output "client_security_group_id" {
  description = "Security group for readers: whatever has it reaches the database."
  value       = aws_security_group.client.id
}

output "task_network" {
  description = "Where tasks run: subnets, security groups, and whether they get a public address; null without tasks."
  value = var.task_network == null ? null : {
    subnet_ids         = var.task_network == "public" ? aws_subnet.public[*].id : local.private_subnets
    security_group_ids = aws_security_group.task[*].id
    public_address     = var.task_network == "public"
  }
}

output "restore_with" {
  description = "What scripts/infrastructure/restore_database gives a restored cluster; null with a cluster that is not made here."
  value = one([for cluster in aws_rds_cluster.this : {
    cluster         = cluster.cluster_identifier
    subnet_group    = cluster.db_subnet_group_name
    parameter_group = cluster.db_cluster_parameter_group_name
    security_groups = tolist(cluster.vpc_security_group_ids)
    kms_key_arn     = aws_kms_key.this.arn
    min_acu         = var.database_min_acu
    max_acu         = var.database_max_acu
    pause_seconds   = var.database_auto_pause_seconds
    instances       = var.database_instances
  }])
}

output "master_secret_arn" {
  description = "Secret with the master password, made and rotated by RDS; null where an existing cluster has none."
  value       = try(concat(aws_rds_cluster.this[*].master_user_secret, data.aws_rds_cluster.existing[*].master_user_secret)[0][0].secret_arn, null)
}

output "database_user_secret" {
  description = "Secret of the function's database user, name and ARN; null with IAM sign-in."
  value       = one([for secret in aws_secretsmanager_secret.database_user : { name = secret.name, arn = secret.arn }])
}
