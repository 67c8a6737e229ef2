data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  name      = "${var.project}-${var.environment}"
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.id
}

resource "aws_ecs_cluster" "this" {
  #checkov:skip=CKV_AWS_65: Container Insights' metrics are paid by the task; stops are alarmed by an event

  name = local.name
}

resource "aws_cloudwatch_log_group" "task" {
  name              = "/aws/ecs/${local.name}-task"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_ecs_task_definition" "this" {
  #checkov:skip=CKV_AWS_336: scratch space is on the task's own disk, which ECS mounts as part of the root

  family                   = "${local.name}-task"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu_units
  memory                   = var.memory_mb
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn

  runtime_platform {
    cpu_architecture        = "ARM64"
    operating_system_family = "LINUX"
  }

  ephemeral_storage {
    size_in_gib = var.disk_gb
  }

  container_definitions = jsonencode([{
    name        = "csvferry"
    image       = "${aws_ecr_repository.this.repository_url}:${var.image_tag}"
    essential   = true
    entryPoint  = ["python", "-m", "csvferry.aws.task"]
    stopTimeout = 120
    environment = [for name, value in merge(var.needs.environment, { AWS_REGION = local.region }) : { name = name, value = value }]

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.task.name
        awslogs-region        = local.region
        awslogs-stream-prefix = "task"
      }
    }
  }])
}
