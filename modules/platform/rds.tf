locals {
  exported_logs = toset(["audit", "error"])
  own_database  = var.existing_database == null
}

# A cluster that exists already: docs/operations.md says what it must have.
data "aws_rds_cluster" "existing" {
  count = local.own_database ? 0 : 1

  cluster_identifier = var.existing_database.cluster_identifier
}

resource "aws_db_subnet_group" "this" {
  count = local.own_database ? 1 : 0

  # Named after its subnets: a cluster can't move from one kind to the other, it is replaced.
  name       = "${local.name}-${var.publicly_accessible ? "public" : "private"}"
  subnet_ids = var.publicly_accessible ? aws_subnet.public[*].id : local.private_subnets
}

resource "aws_rds_cluster_parameter_group" "this" {
  count = local.own_database ? 1 : 0

  name        = local.name
  family      = "aurora-mysql8.0"
  description = "TLS only, LOAD DATA LOCAL, utf8mb4, audit without row values"

  dynamic "parameter" {
    for_each = {
      require_secure_transport = "ON"
      local_infile             = "1"
      character_set_server     = "utf8mb4"
      collation_server         = "utf8mb4_0900_ai_ci"
      server_audit_logging     = "1"
      server_audit_events      = "CONNECT,QUERY_DCL,QUERY_DDL" # no DML: rows stay out of logs
    }

    content {
      name         = parameter.key
      value        = parameter.value
      apply_method = "immediate"
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "database" {
  for_each = local.own_database ? local.exported_logs : []

  name              = "/aws/rds/cluster/${local.name}/${each.value}"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.this.arn
}

resource "aws_rds_cluster" "this" {
  #checkov:skip=CKV_AWS_325: audit and error logs are exported, by local.exported_logs which checkov does not follow
  #checkov:skip=CKV_AWS_326: restoring to any second within backup_retention_days takes the place of backtracking, which is paid by the change
  #checkov:skip=CKV2_AWS_8: RDS's own continuous backup is on; a second one by AWS Backup would be paid twice

  count = local.own_database ? 1 : 0

  cluster_identifier = local.name
  engine             = "aurora-mysql"
  engine_mode        = "provisioned"
  engine_version     = var.engine_version
  database_name      = var.database_name

  master_username               = "administrator"
  manage_master_user_password   = true
  master_user_secret_kms_key_id = aws_kms_key.this.arn

  iam_database_authentication_enabled = true
  enable_http_endpoint                = true # how the operator makes the function's user

  serverlessv2_scaling_configuration {
    min_capacity             = var.database_min_acu
    max_capacity             = var.database_max_acu
    seconds_until_auto_pause = var.database_auto_pause_seconds
  }

  db_subnet_group_name            = aws_db_subnet_group.this[0].name
  vpc_security_group_ids          = [local.database_group]
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.this[0].name
  port                            = local.mysql_port

  storage_encrypted = true
  kms_key_id        = aws_kms_key.this.arn

  backup_retention_period   = var.backup_retention_days
  copy_tags_to_snapshot     = true
  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = !var.deletion_protection
  final_snapshot_identifier = var.deletion_protection ? "${local.name}-final-${substr(aws_kms_key.this.key_id, 0, 8)}" : null # the key's: once a stack

  enabled_cloudwatch_logs_exports = local.exported_logs

  depends_on = [aws_cloudwatch_log_group.database]
}

resource "aws_rds_cluster_instance" "this" {
  #checkov:skip=CKV_AWS_353: Performance Insights asks for at least 2 ACU and would keep a paused database awake
  #checkov:skip=CKV_AWS_118: enhanced monitoring is paid by the hour; CloudWatch's own metrics are on the dashboard
  #checkov:skip=CKV_AWS_226: the version is pinned in common.hcl and raised there, in staging first

  count = local.own_database ? var.database_instances : 0

  identifier                 = "${local.name}-${count.index + 1}"
  cluster_identifier         = aws_rds_cluster.this[0].id
  engine                     = aws_rds_cluster.this[0].engine
  engine_version             = aws_rds_cluster.this[0].engine_version
  instance_class             = "db.serverless"
  db_subnet_group_name       = aws_db_subnet_group.this[0].name
  publicly_accessible        = var.publicly_accessible
  auto_minor_version_upgrade = false
  copy_tags_to_snapshot      = true
}
