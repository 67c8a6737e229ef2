# What modules/platform promises. Applied with made-up values for what AWS would fill in.

mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-west-1a", "eu-west-1b", "eu-west-1c"] }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:123456789012:key/1" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/flow" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:flow" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::bucket" }
  }
  mock_resource "aws_vpc_endpoint" {
    defaults = { prefix_list_id = "pl-s3" }
  }
  mock_resource "aws_security_group" {
    defaults = { arn = "arn:aws:ec2:eu-west-1:123456789012:security-group/sg-1" }
  }
  mock_resource "aws_secretsmanager_secret" {
    defaults = { arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:user" }
  }
  mock_resource "aws_rds_cluster" {
    defaults = {
      arn                = "arn:aws:rds:eu-west-1:123456789012:cluster:ferry"
      master_user_secret = [{ kms_key_id = "1", secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:master", secret_status = "active" }]
    }
  }
}

variables {
  project                     = "ferry"
  environment                 = "staging"
  vpc_cidr                    = "10.0.0.0/20"
  sign_in                     = "iam"
  engine_version              = "8.0.mysql_aurora.3.10.0"
  database_name               = "ferry"
  database_min_acu            = 0
  database_max_acu            = 2
  database_auto_pause_seconds = 300
  database_instances          = 1
  backup_retention_days       = 1
  deletion_protection         = false
  log_retention_days          = 14
  object_version_days         = 7
}

run "nothing_public" {
  assert {
    condition     = length(aws_subnet.private) >= 2 && length(distinct(aws_subnet.private[*].availability_zone)) == length(aws_subnet.private)
    error_message = "Private subnets in two or more availability zones."
  }
  assert {
    condition     = length(aws_internet_gateway.this) == 0 && length(aws_subnet.public) == 0 && aws_route_table.private.route != null && length(aws_route_table.public) == 0
    error_message = "There is no way to the internet."
  }
  assert {
    condition     = alltrue([for instance in aws_rds_cluster_instance.this : instance.publicly_accessible == false])
    error_message = "The database has no public address."
  }
  assert {
    condition     = aws_db_subnet_group.this.subnet_ids == toset(aws_subnet.private[*].id)
    error_message = "The database is in the private subnets."
  }
  assert {
    condition = alltrue([for block in aws_s3_bucket_public_access_block.this :
    block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets])
    error_message = "All public access to the buckets is blocked."
  }
  assert {
    condition     = keys(aws_s3_bucket_public_access_block.this) == ["data", "logs"]
    error_message = "Public access is blocked for both buckets."
  }
  assert {
    condition     = alltrue([for controls in aws_s3_bucket_ownership_controls.this : controls.rule[0].object_ownership == "BucketOwnerEnforced"])
    error_message = "The buckets' owner owns their objects."
  }
  assert {
    condition     = length(aws_default_security_group.this.ingress) == 0 && length(aws_default_security_group.this.egress) == 0
    error_message = "The default security group is empty."
  }
  assert {
    condition     = aws_flow_log.this.traffic_type == "ALL"
    error_message = "Flow logs see all traffic."
  }
}

run "who_reaches_the_database" {
  assert {
    condition     = aws_vpc_security_group_ingress_rule.database_from_function.referenced_security_group_id == aws_security_group.function.id && aws_vpc_security_group_ingress_rule.database_from_function.security_group_id == aws_security_group.database.id
    error_message = "The database lets in the function's security group."
  }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.database_from_function.from_port == 3306 && aws_vpc_security_group_ingress_rule.database_from_function.to_port == 3306 && aws_vpc_security_group_ingress_rule.database_from_function.cidr_ipv4 == null
    error_message = "On port 3306 alone, and no addresses."
  }
  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.database_from_outside) == 0 && length(aws_security_group.database.ingress) == 0
    error_message = "No one else reaches the database."
  }
  assert {
    condition     = aws_vpc_security_group_egress_rule.function_to_s3.prefix_list_id == "pl-s3" && aws_vpc_security_group_egress_rule.function_to_s3.cidr_ipv4 == null && aws_vpc_security_group_egress_rule.function_to_database.referenced_security_group_id == aws_security_group.database.id
    error_message = "The function reaches the database and S3, no addresses."
  }
}

run "endpoints_with_iam_sign_in" {
  assert {
    condition     = aws_vpc_endpoint.s3.vpc_endpoint_type == "Gateway" && aws_vpc_endpoint.s3.route_table_ids == toset([aws_route_table.private.id])
    error_message = "S3 is reached through its free endpoint."
  }
  assert {
    condition     = jsondecode(aws_vpc_endpoint.s3.policy).Statement[0].Resource == ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"] && jsondecode(aws_vpc_endpoint.s3.policy).Statement[0].Condition == { StringEquals = { "aws:PrincipalAccount" = "123456789012" } }
    error_message = "S3's endpoint leads to this bucket, for this account."
  }
  assert {
    condition     = length(aws_vpc_endpoint.secrets) == 0 && length(aws_secretsmanager_secret.database_user) == 0 && output.database_user_secret == null
    error_message = "With IAM sign-in there is no interface endpoint and no secret to pay for."
  }
}

run "endpoints_with_secret_sign_in" {
  variables {
    sign_in = "secret"
  }
  assert {
    condition     = aws_vpc_endpoint.secrets[0].vpc_endpoint_type == "Interface" && aws_vpc_endpoint.secrets[0].service_name == "com.amazonaws.eu-west-1.secretsmanager" && aws_vpc_endpoint.secrets[0].private_dns_enabled
    error_message = "With the secret, Secrets Manager is reached through an endpoint."
  }
  assert {
    condition     = jsondecode(aws_vpc_endpoint.secrets[0].policy).Statement[0].Resource == aws_secretsmanager_secret.database_user[0].arn && jsondecode(aws_vpc_endpoint.secrets[0].policy).Statement[0].Action == "secretsmanager:GetSecretValue"
    error_message = "That endpoint leads to this one secret."
  }
  assert {
    condition     = aws_secretsmanager_secret.database_user[0].kms_key_id == aws_kms_key.this.arn
    error_message = "The secret is encrypted with the customer key."
  }
}

run "encrypted_with_the_customer_key" {
  assert {
    condition     = aws_kms_key.this.enable_key_rotation
    error_message = "The key is rotated."
  }
  assert {
    condition     = aws_rds_cluster.this.storage_encrypted && aws_rds_cluster.this.kms_key_id == aws_kms_key.this.arn && aws_rds_cluster.this.master_user_secret_kms_key_id == aws_kms_key.this.arn
    error_message = "Database and master password are encrypted with the customer key."
  }
  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.data.rule).apply_server_side_encryption_by_default).kms_master_key_id == aws_kms_key.this.arn
    error_message = "The bucket is encrypted with the customer key."
  }
  assert {
    condition     = alltrue([for group in concat(values(aws_cloudwatch_log_group.database), [aws_cloudwatch_log_group.flow]) : group.kms_key_id == aws_kms_key.this.arn])
    error_message = "The logs are encrypted with the customer key."
  }
  assert {
    condition     = [for statement in jsondecode(aws_kms_key.this.policy).Statement : statement.Sid if statement.Action == "kms:*"] == ["IamPoliciesDecide"]
    error_message = "Only this account's IAM policies decide over the key."
  }
  assert {
    condition     = alltrue([for statement in jsondecode(aws_kms_key.this.policy).Statement : can(statement.Condition) if statement.Sid != "IamPoliciesDecide"])
    error_message = "Services use the key only for this account."
  }
}

run "tls_required" {
  assert {
    condition     = one([for parameter in aws_rds_cluster_parameter_group.this.parameter : parameter.value if parameter.name == "require_secure_transport"]) == "ON"
    error_message = "The database demands TLS."
  }
  assert {
    condition = alltrue([for policy in aws_s3_bucket_policy.this : jsondecode(policy.policy).Statement[0].Effect == "Deny" &&
    jsondecode(policy.policy).Statement[0].Action == "s3:*" && jsondecode(policy.policy).Statement[0].Condition == { Bool = { "aws:SecureTransport" = "false" } }])
    error_message = "The buckets demand TLS."
  }
}

run "database" {
  assert {
    condition     = { for parameter in aws_rds_cluster_parameter_group.this.parameter : parameter.name => parameter.value if contains(["local_infile", "character_set_server"], parameter.name) } == { local_infile = "1", character_set_server = "utf8mb4" }
    error_message = "LOAD DATA LOCAL is on, text is utf8mb4."
  }
  assert {
    condition     = !strcontains(join(",", [for parameter in aws_rds_cluster_parameter_group.this.parameter : parameter.value if parameter.name == "server_audit_events"]), "DML")
    error_message = "No row's value lands in the audit log."
  }
  assert {
    condition     = aws_rds_cluster.this.engine == "aurora-mysql" && aws_rds_cluster.this.iam_database_authentication_enabled
    error_message = "Aurora MySQL with IAM authentication."
  }
  assert {
    condition     = aws_rds_cluster.this.manage_master_user_password && aws_rds_cluster.this.master_password == null
    error_message = "RDS makes and rotates the master password; it is in no state file."
  }
  assert {
    condition     = aws_rds_cluster.this.serverlessv2_scaling_configuration[0].min_capacity == 0 && aws_rds_cluster.this.serverlessv2_scaling_configuration[0].seconds_until_auto_pause == 300
    error_message = "The database pauses when idle."
  }
  assert {
    condition     = aws_rds_cluster.this.enabled_cloudwatch_logs_exports == toset(["audit", "error"]) && keys(aws_cloudwatch_log_group.database) == ["audit", "error"]
    error_message = "Audit and error logs are exported."
  }
  assert {
    condition     = aws_rds_cluster.this.deletion_protection == false && aws_rds_cluster.this.skip_final_snapshot
    error_message = "Staging can be removed."
  }
}

run "retention" {
  assert {
    condition     = alltrue([for group in concat(values(aws_cloudwatch_log_group.database), [aws_cloudwatch_log_group.flow]) : group.retention_in_days == 14])
    error_message = "Logs are kept for as long as was said."
  }
  assert {
    condition     = alltrue([for versioning in aws_s3_bucket_versioning.this : versioning.versioning_configuration[0].status == "Enabled"])
    error_message = "The version is the identity of a file: the bucket is versioned."
  }
  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.data.rule[0].noncurrent_version_expiration[0].noncurrent_days == 7
    error_message = "Old versions expire."
  }
  assert {
    condition     = aws_s3_bucket_logging.data.target_bucket == aws_s3_bucket.logs.bucket
    error_message = "Access to the bucket is logged."
  }
  assert {
    condition     = aws_s3_bucket_notification.data.eventbridge
    error_message = "EventBridge learns of new objects."
  }
}

run "production" {
  variables {
    environment                 = "production"
    deletion_protection         = true
    backup_retention_days       = 35
    database_min_acu            = 0.5
    database_auto_pause_seconds = null
    database_instances          = 2
  }
  assert {
    condition     = aws_rds_cluster.this.deletion_protection && !aws_rds_cluster.this.skip_final_snapshot && aws_rds_cluster.this.final_snapshot_identifier == "ferry-production-final"
    error_message = "Production is protected from deletion and leaves a snapshot."
  }
  assert {
    condition     = aws_s3_bucket.data.force_destroy == false
    error_message = "Production's bucket is not emptied."
  }
  assert {
    condition     = aws_rds_cluster.this.backup_retention_period == 35 && length(aws_rds_cluster_instance.this) == 2
    error_message = "Production has backups and an instance that takes over."
  }
}

run "staging_open_to_an_office" {
  variables {
    publicly_accessible   = true
    database_access_cidrs = ["203.0.113.0/28"]
  }
  assert {
    condition     = length(aws_subnet.public) == 2 && aws_db_subnet_group.this.subnet_ids == toset(aws_subnet.public[*].id) && aws_rds_cluster_instance.this[0].publicly_accessible
    error_message = "A public database is in public subnets."
  }
  assert {
    condition     = keys(aws_vpc_security_group_ingress_rule.database_from_outside) == ["203.0.113.0/28"]
    error_message = "Only the named addresses reach it."
  }
}

run "production_open_is_refused" {
  command = plan
  variables {
    environment           = "production"
    deletion_protection   = true
    backup_retention_days = 35
    publicly_accessible   = true
    database_access_cidrs = ["203.0.113.0/28"]
  }
  expect_failures = [var.publicly_accessible]
}

run "production_unprotected_is_refused" {
  command = plan
  variables {
    environment           = "production"
    backup_retention_days = 35
  }
  expect_failures = [var.deletion_protection]
}

run "open_to_the_world_is_refused" {
  command = plan
  variables {
    publicly_accessible   = true
    database_access_cidrs = ["0.0.0.0/0"]
  }
  expect_failures = [var.database_access_cidrs]
}

run "pause_without_zero_is_refused" {
  command = plan
  variables {
    database_min_acu = 0.5
  }
  expect_failures = [var.database_auto_pause_seconds]
}
