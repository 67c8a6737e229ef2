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
    subnet_ids         = aws_subnet.private[*].id
    security_group_ids = [aws_security_group.function.id]
  }
}

output "database" {
  description = "The cluster: ARN, endpoint, port, database name and the resource id that rds-db:connect wants."
  value = {
    arn         = aws_rds_cluster.this.arn
    host        = aws_rds_cluster.this.endpoint
    port        = aws_rds_cluster.this.port
    name        = aws_rds_cluster.this.database_name
    resource_id = aws_rds_cluster.this.cluster_resource_id
  }
}

output "master_secret_arn" {
  description = "Secret with the master password, made and rotated by RDS."
  value       = aws_rds_cluster.this.master_user_secret[0].secret_arn
}

output "database_user_secret" {
  description = "Secret of the function's database user, name and ARN; null with IAM sign-in."
  value       = one([for secret in aws_secretsmanager_secret.database_user : { name = secret.name, arn = secret.arn }])
}
