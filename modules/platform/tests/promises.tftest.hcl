# What modules/platform promises. Applied with made-up values for what AWS would fill in.

mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-west-1a", "eu-west-1b", "eu-west-1c"] }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
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
  region                      = "eu-west-1"
  bounded                     = true
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
    condition     = length(aws_internet_gateway.this) == 0 && length(aws_subnet.public) == 0 && aws_route_table.private[0].route != null && length(aws_route_table.public) == 0
    error_message = "There is no way to the internet."
  }
  assert {
    condition     = alltrue([for instance in aws_rds_cluster_instance.this : instance.publicly_accessible == false])
    error_message = "The database has no public address."
  }
  assert {
    condition     = aws_db_subnet_group.this[0].subnet_ids == toset(aws_subnet.private[*].id)
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
    condition     = length(aws_default_security_group.this[0].ingress) == 0 && length(aws_default_security_group.this[0].egress) == 0
    error_message = "The default security group is empty."
  }
  assert {
    condition     = aws_flow_log.this[0].traffic_type == "ALL"
    error_message = "Flow logs see all traffic."
  }
}

run "who_reaches_the_database" {
  assert {
    condition     = aws_vpc_security_group_ingress_rule.database_from_function.referenced_security_group_id == aws_security_group.function.id && aws_vpc_security_group_ingress_rule.database_from_function.security_group_id == aws_security_group.database[0].id
    error_message = "The database lets in the function's security group."
  }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.database_from_function.from_port == 3306 && aws_vpc_security_group_ingress_rule.database_from_function.to_port == 3306 && aws_vpc_security_group_ingress_rule.database_from_function.cidr_ipv4 == null
    error_message = "On port 3306 alone, and no addresses."
  }
  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.database_from_outside) == 0 && length(aws_security_group.database[0].ingress) == 0
    error_message = "No one else reaches the database."
  }
  assert {
    condition     = aws_vpc_security_group_egress_rule.function_to_s3.prefix_list_id == "pl-s3" && aws_vpc_security_group_egress_rule.function_to_s3.cidr_ipv4 == null && aws_vpc_security_group_egress_rule.function_to_database.referenced_security_group_id == aws_security_group.database[0].id
    error_message = "The function reaches the database and S3, no addresses."
  }
}

run "endpoints_with_iam_sign_in" {
  assert {
    condition     = aws_vpc_endpoint.s3[0].vpc_endpoint_type == "Gateway" && aws_vpc_endpoint.s3[0].route_table_ids == toset([aws_route_table.private[0].id])
    error_message = "S3 is reached through its free endpoint."
  }
  assert {
    condition     = jsondecode(aws_vpc_endpoint.s3[0].policy).Statement[0].Resource == ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"] && jsondecode(aws_vpc_endpoint.s3[0].policy).Statement[0].Condition == { StringEquals = { "aws:PrincipalAccount" = "123456789012" } }
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
    condition     = aws_rds_cluster.this[0].storage_encrypted && aws_rds_cluster.this[0].kms_key_id == aws_kms_key.this.arn && aws_rds_cluster.this[0].master_user_secret_kms_key_id == aws_kms_key.this.arn
    error_message = "Database and master password are encrypted with the customer key."
  }
  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.data.rule).apply_server_side_encryption_by_default).kms_master_key_id == aws_kms_key.this.arn
    error_message = "The bucket is encrypted with the customer key."
  }
  assert {
    condition     = alltrue([for group in concat(values(aws_cloudwatch_log_group.database), aws_cloudwatch_log_group.flow) : group.kms_key_id == aws_kms_key.this.arn])
    error_message = "The logs are encrypted with the customer key."
  }
  assert {
    condition     = [for statement in jsondecode(aws_kms_key.this.policy).Statement : statement.Sid if statement.Action == "kms:*"] == ["IamPoliciesDecide"]
    error_message = "Only this account's IAM policies decide over the key."
  }
  assert {
    condition     = [for statement in jsondecode(aws_kms_key.this.policy).Statement : statement.Sid if !can(statement.Condition)] == ["IamPoliciesDecide", "EventsToEncryptedQueues"]
    error_message = "Services use the key only for this account; EventBridge alone sends no key to say so by."
  }
  assert {
    condition     = [for statement in jsondecode(aws_kms_key.this.policy).Statement : statement.Action if statement.Principal == { Service = "events.amazonaws.com" }] == [["kms:Decrypt", "kms:GenerateDataKey"]]
    error_message = "EventBridge can write to the encrypted queues, and do nothing else with the key."
  }
}

run "tls_required" {
  assert {
    condition     = one([for parameter in aws_rds_cluster_parameter_group.this[0].parameter : parameter.value if parameter.name == "require_secure_transport"]) == "ON"
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
    condition     = { for parameter in aws_rds_cluster_parameter_group.this[0].parameter : parameter.name => parameter.value if contains(["local_infile", "character_set_server"], parameter.name) } == { local_infile = "1", character_set_server = "utf8mb4" }
    error_message = "LOAD DATA LOCAL is on, text is utf8mb4."
  }
  assert {
    condition     = !strcontains(join(",", [for parameter in aws_rds_cluster_parameter_group.this[0].parameter : parameter.value if parameter.name == "server_audit_events"]), "DML")
    error_message = "No row's value lands in the audit log."
  }
  assert {
    condition     = aws_rds_cluster.this[0].engine == "aurora-mysql" && aws_rds_cluster.this[0].iam_database_authentication_enabled
    error_message = "Aurora MySQL with IAM authentication."
  }
  assert {
    condition     = aws_rds_cluster.this[0].manage_master_user_password && aws_rds_cluster.this[0].master_password == null
    error_message = "RDS makes and rotates the master password; it is in no state file."
  }
  assert {
    condition     = aws_rds_cluster.this[0].serverlessv2_scaling_configuration[0].min_capacity == 0 && aws_rds_cluster.this[0].serverlessv2_scaling_configuration[0].seconds_until_auto_pause == 300
    error_message = "The database pauses when idle."
  }
  assert {
    condition     = aws_rds_cluster.this[0].enabled_cloudwatch_logs_exports == toset(["audit", "error"]) && keys(aws_cloudwatch_log_group.database) == ["audit", "error"]
    error_message = "Audit and error logs are exported."
  }
  assert {
    condition     = aws_rds_cluster.this[0].deletion_protection == false && aws_rds_cluster.this[0].skip_final_snapshot
    error_message = "Staging can be removed."
  }
}

run "bounded" {
  assert {
    condition     = aws_iam_role.flow[0].permissions_boundary == "arn:aws:iam::123456789012:policy/ferry-staging-pipeline-boundary"
    error_message = "The flow log's role has the pipeline's boundary."
  }
}

run "retention" {
  assert {
    condition     = alltrue([for group in concat(values(aws_cloudwatch_log_group.database), aws_cloudwatch_log_group.flow) : group.retention_in_days == 14])
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
    condition     = [for rule in aws_s3_bucket_lifecycle_configuration.data.rule : rule.expiration[0].expired_object_delete_marker] == [true] && anytrue([for rule in aws_s3_bucket_lifecycle_configuration.logs.rule : try(rule.expiration[0].expired_object_delete_marker, false)])
    error_message = "What is left of a deleted object goes, too."
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

# Planned and not applied, as what is protected could not be taken down again.
run "production" {
  command = plan
  variables {
    environment                 = "production"
    deletion_protection         = true
    backup_retention_days       = 35
    database_min_acu            = 0.5
    database_auto_pause_seconds = null
    database_instances          = 2
  }
  assert {
    condition     = aws_rds_cluster.this[0].deletion_protection && !aws_rds_cluster.this[0].skip_final_snapshot && startswith(aws_rds_cluster.this[0].final_snapshot_identifier, "ferry-production-final-")
    error_message = "Production is protected from deletion and leaves a snapshot."
  }
  assert {
    condition     = length(terraform_data.protected) == 1
    error_message = "A plan that destroys production is refused."
  }
  assert {
    condition     = aws_s3_bucket.data.force_destroy == false
    error_message = "Production's bucket is not emptied."
  }
  assert {
    condition     = aws_rds_cluster.this[0].backup_retention_period == 35 && length(aws_rds_cluster_instance.this) == 2
    error_message = "Production has backups and an instance that takes over."
  }
}

run "staging_open_to_an_office" {
  variables {
    publicly_accessible   = true
    database_access_cidrs = ["203.0.113.0/28"]
  }
  assert {
    condition     = length(aws_subnet.public) == 2 && aws_db_subnet_group.this[0].subnet_ids == toset(aws_subnet.public[*].id) && aws_rds_cluster_instance.this[0].publicly_accessible
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

run "staging_can_be_destroyed" {
  assert {
    condition     = length(terraform_data.protected) == 0
    error_message = "Staging can be removed."
  }
}

run "only_the_function_writes_its_own" {
  assert {
    condition = [for statement in jsondecode(aws_s3_bucket_policy.this["data"].policy).Statement : statement if statement.Sid == "OnlyTheFunctionWritesItsOwn"] == [{
      Sid       = "OnlyTheFunctionWritesItsOwn"
      Effect    = "Deny"
      Principal = { AWS = "*" }
      Action    = "s3:PutObject"
      Resource  = ["arn:aws:s3:::bucket/reports/*", "arn:aws:s3:::bucket/state/*", "arn:aws:s3:::bucket/tasks/*"]
      Condition = { ArnNotEquals = { "aws:PrincipalArn" = ["arn:aws:iam::123456789012:role/ferry-staging-function", "arn:aws:iam::123456789012:role/ferry-staging-task"] } }
    }]
    error_message = "Under state/, tasks/ and reports/ only function and task write."
  }
}

run "senders" {
  variables {
    senders = { web-shop = { principals = ["arn:aws:iam::999999999999:role/upload"], prefix = "incoming/people/" } }
  }
  assert {
    condition = [for statement in jsondecode(aws_s3_bucket_policy.this["data"].policy).Statement : statement if statement.Effect == "Allow"] == [{
      Sid       = "UploadsOfWebShop"
      Effect    = "Allow"
      Principal = { AWS = ["arn:aws:iam::999999999999:role/upload"] }
      Action    = ["s3:AbortMultipartUpload", "s3:PutObject"]
      Resource  = "arn:aws:s3:::bucket/incoming/people/*"
    }]
    error_message = "A sender uploads below its own prefix, and reads and lists nothing."
  }
  assert {
    condition = [for statement in jsondecode(aws_kms_key.this.policy).Statement : statement if statement.Sid == "UploadsOfWebShop"] == [{
      Sid       = "UploadsOfWebShop"
      Effect    = "Allow"
      Principal = { AWS = ["arn:aws:iam::999999999999:role/upload"] }
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = "*"
      Condition = { StringEquals = { "kms:ViaService" = "s3.eu-west-1.amazonaws.com" } }
    }]
    error_message = "A sender uses the key through S3 alone."
  }
}

run "sender_under_state_is_refused" {
  command = plan
  variables {
    senders = { shop = { principals = ["arn:aws:iam::999999999999:role/upload"], prefix = "state/" } }
  }
  expect_failures = [var.senders]
}

run "sender_that_is_everybody_is_refused" {
  command = plan
  variables {
    senders = { shop = { principals = ["*"], prefix = "incoming/" } }
  }
  expect_failures = [var.senders]
}

run "readers" {
  variables {
    reader_cidrs = ["10.200.0.0/16"]
  }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.database_from_client.referenced_security_group_id == aws_security_group.client.id && output.client_security_group_id == aws_security_group.client.id
    error_message = "Whatever has the client group reaches the database."
  }
  assert {
    condition     = { for cidr, rule in aws_vpc_security_group_ingress_rule.database_from_reader_cidr : cidr => rule.from_port } == { "10.200.0.0/16" = 3306 }
    error_message = "Private ranges that were named reach the database on its port."
  }
  assert {
    condition     = output.database.reader_host != null
    error_message = "Readers are told an endpoint of their own."
  }
}

run "readers_from_the_internet_are_refused" {
  command = plan
  variables {
    reader_cidrs = ["203.0.113.0/24"]
  }
  expect_failures = [var.reader_cidrs]
}

run "region_without_certificates_is_refused" {
  command = plan
  variables {
    region = "il-central-1"
  }
  expect_failures = [var.region]
}

run "no_tasks" {
  assert {
    condition     = output.task_network == null && length(aws_vpc_endpoint.task) == 0 && length(aws_security_group.task) == 0
    error_message = "Without tasks nothing is made for them."
  }
  assert {
    condition     = length(jsondecode(aws_vpc_endpoint.s3[0].policy).Statement) == 1
    error_message = "Without tasks S3's endpoint leads to one bucket."
  }
}

run "tasks_in_private_subnets" {
  variables {
    task_network = "private"
  }
  assert {
    condition     = keys(aws_vpc_endpoint.task) == ["ecr.api", "ecr.dkr", "logs"] && alltrue([for endpoint in aws_vpc_endpoint.task : endpoint.private_dns_enabled && endpoint.subnet_ids == toset(aws_subnet.private[*].id)])
    error_message = "Pulling the image privately needs three interface endpoints."
  }
  assert {
    condition     = jsondecode(aws_vpc_endpoint.s3[0].policy).Statement[1].Resource == "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*" && jsondecode(aws_vpc_endpoint.s3[0].policy).Statement[1].Action == "s3:GetObject"
    error_message = "The image's layers come through S3's endpoint."
  }
  assert {
    condition     = jsonencode(output.task_network) == jsonencode({ subnet_ids = aws_subnet.private[*].id, security_group_ids = aws_security_group.task[*].id, public_address = false }) && length(aws_internet_gateway.this) == 0
    error_message = "There is still no way to the internet."
  }
  assert {
    condition     = keys(aws_vpc_security_group_ingress_rule.endpoints) == ["task"] && keys(aws_vpc_security_group_egress_rule.endpoints) == ["task"]
    error_message = "The task reaches its endpoints, the function none."
  }
}

run "tasks_in_public_subnets" {
  variables {
    task_network = "public"
  }
  assert {
    condition     = length(aws_vpc_endpoint.task) == 0 && jsonencode(output.task_network) == jsonencode({ subnet_ids = aws_subnet.public[*].id, security_group_ids = aws_security_group.task[*].id, public_address = true })
    error_message = "Nothing is paid at rest: the task alone has an address, while it runs."
  }
  assert {
    condition     = length(aws_security_group.task[0].ingress) == 0 && aws_vpc_security_group_egress_rule.task_to_the_registry[0].from_port == 443
    error_message = "Nothing comes in, TLS goes out."
  }
  assert {
    condition     = aws_vpc_endpoint.s3[0].route_table_ids == toset([aws_route_table.private[0].id, aws_route_table.public[0].id]) && aws_db_subnet_group.this[0].subnet_ids == toset(aws_subnet.private[*].id)
    error_message = "Files come through S3's endpoint all the same; the database stays private."
  }
}

run "network_that_exists" {
  variables {
    existing_network = { vpc_id = "vpc-1", subnet_ids = ["subnet-1", "subnet-2"], route_table_ids = ["rtb-1"], has_endpoints = false }
  }
  override_data {
    target = data.aws_vpc.existing
    values = { cidr_block = "10.9.0.0/16" }
  }
  assert {
    condition     = length(aws_vpc.this) + length(aws_subnet.private) + length(aws_flow_log.this) + length(aws_default_security_group.this) == 0
    error_message = "No second network is made."
  }
  assert {
    condition     = aws_vpc_endpoint.s3[0].vpc_id == "vpc-1" && aws_vpc_endpoint.s3[0].route_table_ids == toset(["rtb-1"]) && aws_db_subnet_group.this[0].subnet_ids == toset(["subnet-1", "subnet-2"]) && output.function_network.subnet_ids == tolist(["subnet-1", "subnet-2"])
    error_message = "Function and database are in the network that was named."
  }
}

run "network_with_endpoints_and_database_that_exist" {
  variables {
    existing_network  = { vpc_id = "vpc-1", subnet_ids = ["subnet-1", "subnet-2"], route_table_ids = ["rtb-1"], has_endpoints = true }
    existing_database = { cluster_identifier = "shop", security_group_id = "sg-shop" }
    sign_in           = "secret"
  }
  override_data {
    target = data.aws_vpc.existing
    values = { cidr_block = "10.9.0.0/16" }
  }
  override_data {
    target = data.aws_rds_cluster.existing
    values = { endpoint = "shop.example", cluster_resource_id = "cluster-9" }
  }
  assert {
    condition     = length(aws_rds_cluster.this) + length(aws_rds_cluster_instance.this) + length(aws_vpc_endpoint.s3) + length(aws_vpc_endpoint.secrets) == 0
    error_message = "What exists is not made again."
  }
  assert {
    condition     = output.database.host == "shop.example" && output.database.resource_id == "cluster-9" && output.database.name == "ferry"
    error_message = "The function is told the cluster that was named."
  }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.database_from_function.security_group_id == "sg-shop"
    error_message = "Its security group lets the function in."
  }
  assert {
    condition     = aws_vpc_security_group_egress_rule.existing_endpoints["function"].cidr_ipv4 == "10.9.0.0/16"
    error_message = "The function reaches the endpoints of the VPC."
  }
}
