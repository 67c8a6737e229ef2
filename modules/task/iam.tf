# The task's own role: what a run needs, as the function has it.
resource "aws_iam_role" "task" {
  name                 = "${local.name}-task"
  permissions_boundary = var.bounded ? "arn:${local.partition}:iam::${local.account}:policy/${local.name}-pipeline-boundary" : null
  assume_role_policy   = local.trust_tasks
}

resource "aws_iam_role_policy" "task" {
  name = "what-a-run-needs"
  role = aws_iam_role.task.id

  policy = jsonencode({ Version = "2012-10-17", Statement = jsondecode(var.needs.statements) })
}

# Fargate's: the image and the log, before and beside the task's code.
resource "aws_iam_role" "execution" {
  name                 = "${local.name}-task-execution"
  permissions_boundary = var.bounded ? "arn:${local.partition}:iam::${local.account}:policy/${local.name}-pipeline-boundary" : null
  assume_role_policy   = local.trust_tasks
}

resource "aws_iam_role_policy" "execution" {
  name = "image-and-log"
  role = aws_iam_role.execution.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # AWS knows no resources for this: it demands "*".
        Sid      = "SignInToTheRegistry"
        Effect   = "Allow"
        Action   = "ecr:GetAuthorizationToken"
        Resource = "*"
      },
      {
        Sid      = "PullTheImage"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = aws_ecr_repository.this.arn
      },
      {
        Sid      = "WriteItsLog"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.task.arn}:*"
      },
    ]
  })
}

# The rule's: it starts this task, and hands over both roles.
resource "aws_iam_role" "start" {
  name                 = "${local.name}-task-start"
  permissions_boundary = var.bounded ? "arn:${local.partition}:iam::${local.account}:policy/${local.name}-pipeline-boundary" : null

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "start" {
  name = "start-the-task"
  role = aws_iam_role.start.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "RunTheTask"
        Effect    = "Allow"
        Action    = "ecs:RunTask"
        Resource  = "${aws_ecs_task_definition.this.arn_without_revision}:*"
        Condition = { ArnEquals = { "ecs:cluster" = aws_ecs_cluster.this.arn } }
      },
      {
        Sid       = "HandOverBothRoles"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = [aws_iam_role.task.arn, aws_iam_role.execution.arn]
        Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
      },
    ]
  })
}

locals {
  # What ECS's guide gives: it sends both keys.
  trust_tasks = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:ecs:${local.region}:${local.account}:*" }
        StringEquals = { "aws:SourceAccount" = local.account }
      }
    }]
  })
}
