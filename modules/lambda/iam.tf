resource "aws_iam_role" "function" {
  name                 = "${local.name}-function"
  permissions_boundary = var.bounded ? "arn:${local.partition}:iam::${local.account}:policy/${local.name}-pipeline-boundary" : null

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "function" {
  name = "only-what-it-needs"
  role = aws_iam_role.function.id

  policy = jsonencode({ Version = "2012-10-17", Statement = concat(local.statements_of_a_run, local.statements_of_the_function) })
}

locals {
  readable = distinct(concat(
    [for source in local.sources : source.many ? "${source.prefix}*" : source.prefix],
    ["${local.prefixes.config}*", "${local.prefixes.state}*", "${local.prefixes.tasks}*"],
  ))
  writable = [for name in ["reports", "state", "tasks"] : "${var.bucket.arn}/${local.prefixes[name]}*"]
  # A glob is found by listing the folder that it is in.
  folders      = distinct([for source in local.sources : replace(source.prefix, "/[^\\/]*$/", "") if source.many && !endswith(source.prefix, "/")])
  function_arn = "arn:${local.partition}:lambda:${local.region}:${local.account}:function:${local.name}"

  # What a run needs, in the function as in a task.
  statements_of_a_run = concat([
    {
      Sid      = "ReadFeedsAndState"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:GetObjectVersion"]
      Resource = [for key in local.readable : "${var.bucket.arn}/${key}"]
    },
    {
      # IfExists: the check behind "404 or 403" for a missing object has no prefix.
      Sid       = "ListFeedsAndState"
      Effect    = "Allow"
      Action    = "s3:ListBucket"
      Resource  = var.bucket.arn
      Condition = { StringLikeIfExists = { "s3:prefix" = concat(local.readable, local.folders) } }
    },
    {
      Sid      = "WriteState"
      Effect   = "Allow"
      Action   = ["s3:DeleteObject", "s3:PutObject"]
      Resource = local.writable
    },
    {
      Sid      = "UseTheKey"
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource = var.kms_key_arn
    },
    ], var.secret == null ? [{
      Sid      = "SignInWithIam"
      Effect   = "Allow"
      Action   = "rds-db:connect"
      Resource = "arn:${local.partition}:rds-db:${local.region}:${local.account}:dbuser:${var.database.resource_id}/${var.database_user}"
      }] : [], [for secret in [var.secret] : {
      Sid      = "SignInWithTheSecret"
      Effect   = "Allow"
      Action   = "secretsmanager:GetSecretValue"
      Resource = secret.arn
  } if secret != null])

  statements_of_the_function = [
    {
      # Lambda's poller takes messages with the function's role.
      Sid      = "TakeWakeUps"
      Effect   = "Allow"
      Action   = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
      Resource = aws_sqs_queue.events.arn
    },
    {
      Sid      = "SendDeadLetters"
      Effect   = "Allow"
      Action   = "sqs:SendMessage"
      Resource = aws_sqs_queue.dead_letters.arn
    },
    {
      Sid      = "WriteItsLog"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${aws_cloudwatch_log_group.function.arn}:*"
    },
    {
      # X-Ray knows no resources for these: AWS demands "*".
      Sid      = "SendTraces"
      Effect   = "Allow"
      Action   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
      Resource = "*"
    },
    {
      # What Lambda needs to attach a function to a VPC, with the "*" that it demands ...
      Sid      = "AttachToTheVpc"
      Effect   = "Allow"
      Action   = local.network_interface_actions
      Resource = "*"
    },
    {
      # ... and what the function's own code may not do, in whichever version.
      Sid       = "ButNotTheCode"
      Effect    = "Deny"
      Action    = local.network_interface_actions
      Resource  = "*"
      Condition = { ArnLike = { "lambda:SourceFunctionArn" = [local.function_arn, "${local.function_arn}:*"] } }
    },
  ]

  network_interface_actions = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
  ]
}
