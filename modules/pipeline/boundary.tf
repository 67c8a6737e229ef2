# The most that a role of this environment may ever do, whatever policies it is given: the
# deploy role makes and changes roles with this boundary alone, so that whoever has the
# pipeline has no way to more. Each role's own policies say less (modules/lambda, platform, task).
resource "aws_iam_policy" "boundary" {
  #checkov:skip=CKV_AWS_288: the most of a role, not what one has
  #checkov:skip=CKV_AWS_290: the same
  #checkov:skip=CKV_AWS_355: tokens, traces and Lambda's network interfaces have no names to limit by

  name = local.boundary_name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "FilesAndState"
        Effect   = "Allow"
        Action   = ["s3:DeleteObject", "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:PutObject"]
        Resource = [local.data_bucket_arn, "${local.data_bucket_arn}/*"]
      },
      {
        Sid       = "KeyOfThisEnvironment"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = "arn:${local.partition}:kms:${local.here}:key/*"
        Condition = { StringEquals = local.own_tags }
      },
      {
        Sid      = "SignInAsTheFunctionsUser"
        Effect   = "Allow"
        Action   = "rds-db:connect"
        Resource = "arn:${local.partition}:rds-db:${local.here}:dbuser:*/${var.database_user}"
      },
      {
        Sid      = "SecretOfTheFunctionsUser"
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = "arn:${local.partition}:secretsmanager:${local.here}:secret:${local.name}/*"
      },
      {
        Sid      = "Queues"
        Effect   = "Allow"
        Action   = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage"]
        Resource = "arn:${local.partition}:sqs:${local.here}:${local.name}-*"
      },
      {
        Sid      = "Logs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
        Resource = flatten([for path in ["/aws/lambda/${local.name}", "/aws/vpc/${local.name}", "/aws/ecs/${local.name}-task"] : ["arn:${local.partition}:logs:${local.here}:log-group:${path}", "arn:${local.partition}:logs:${local.here}:log-group:${path}:*"]])
      },
      {
        Sid      = "WhatKnowsNoResources"
        Effect   = "Allow"
        Action   = concat(["ecr:GetAuthorizationToken", "xray:PutTelemetryRecords", "xray:PutTraceSegments"], local.network_interface_actions)
        Resource = "*"
      },
      {
        Sid      = "PullTheImage"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = "arn:${local.partition}:ecr:${local.here}:repository/${local.name}"
      },
      {
        Sid      = "StartTheTask"
        Effect   = "Allow"
        Action   = "ecs:RunTask"
        Resource = "arn:${local.partition}:ecs:${local.here}:task-definition/${local.name}-task:*"
      },
      {
        Sid       = "HandOverItsRoles"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = ["arn:${local.partition}:iam::${local.account}:role/${local.name}-task", "arn:${local.partition}:iam::${local.account}:role/${local.name}-task-execution"]
        Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
      },
    ]
  })
}

locals {
  boundary_name = "${local.name}-pipeline-boundary"
  boundary_arn  = "arn:${local.partition}:iam::${local.account}:policy/${local.boundary_name}"

  network_interface_actions = [
    "ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses",
  ]
}
