# The deploy role: what an apply of this environment does, by the names that it gives. The
# GitHub environment keeps it until somebody has approved. Attached as a policy of its own:
# it is longer than a role's inline policies may be.
resource "aws_iam_policy" "deploy" {
  for_each = local.deploy_statements

  #checkov:skip=CKV_AWS_287: it may read the one secret by which the database's user is made
  #checkov:skip=CKV_AWS_288: the same
  #checkov:skip=CKV_AWS_289: it makes the roles of this environment, and can't touch its own
  #checkov:skip=CKV_AWS_290: EC2's networks and KMS's new keys have no names to limit by
  #checkov:skip=CKV_AWS_355: the same

  name   = "${local.name}-pipeline-${each.key}"
  policy = jsonencode({ Version = "2012-10-17", Statement = each.value })

  lifecycle {
    precondition {
      condition     = length(jsonencode({ Version = "2012-10-17", Statement = each.value })) <= 6144
      error_message = "A policy has at most 6,144 characters."
    }
  }
}

resource "aws_iam_role_policy_attachment" "deploy" {
  for_each = aws_iam_policy.deploy

  role       = aws_iam_role.this["deploy"].name
  policy_arn = each.value.arn
}

# It reads what the plan's role reads.
resource "aws_iam_role_policy" "deploy_reads" {
  #checkov:skip=CKV_AWS_355: reading how things are set knows few resources

  name = "read-how-things-are-set"
  role = aws_iam_role.this["deploy"].id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "ReadHowThingsAreSet", Effect = "Allow", Action = local.reading, Resource = "*" }]
  })
}

locals {
  here     = "${local.region}:${local.account}"
  own_tags = { "aws:ResourceTag/Project" = var.project, "aws:ResourceTag/Environment" = var.environment }

  deploy_statements = {
    data = [
      {
        Sid      = "WriteTheState"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:ListBucket", "s3:PutObject"]
        Resource = [local.state_bucket_arn, local.state_arn]
      },
      {
        Sid      = "LockTheState"
        Effect   = "Allow"
        Action   = ["dynamodb:DeleteItem", "dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem"]
        Resource = "arn:${local.partition}:dynamodb:${local.here}:table/${var.lock_table}"
      },
      {
        Sid      = "Buckets"
        Effect   = "Allow"
        Action   = concat(["s3:CreateBucket", "s3:ListBucket", "s3:ListBucketVersions"], local.bucket_settings, local.bucket_removal)
        Resource = "arn:${local.partition}:s3:::${local.name}-*"
      },
      {
        Sid      = "ObjectsThatTerraformUploads"
        Effect   = "Allow"
        Action   = ["s3:DeleteObject", "s3:GetObject", "s3:GetObjectTagging", "s3:PutObject", "s3:PutObjectTagging"]
        Resource = concat(["${local.data_bucket_arn}/config/*"], [for key in var.sample_keys : "${local.data_bucket_arn}/${key}"])
      },
      {
        Sid      = "NewKeys"
        Effect   = "Allow"
        Action   = "kms:CreateKey"
        Resource = "*"
      },
      {
        Sid    = "KeyOfThisEnvironment"
        Effect = "Allow"
        Action = [
          "kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:EnableKeyRotation",
          "kms:Encrypt", "kms:GenerateDataKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UpdateKeyDescription",
        ]
        Resource  = "arn:${local.partition}:kms:${local.here}:key/*"
        Condition = { StringEquals = local.own_tags }
      },
      {
        Sid      = "ItsAlias"
        Effect   = "Allow"
        Action   = ["kms:CreateAlias", "kms:DeleteAlias"]
        Resource = ["arn:${local.partition}:kms:${local.here}:alias/${local.name}", "arn:${local.partition}:kms:${local.here}:key/*"]
      },
      {
        Sid    = "Database"
        Effect = "Allow"
        Action = concat([
          "rds:AddTagsToResource", "rds:CreateDBCluster", "rds:CreateDBClusterParameterGroup", "rds:CreateDBInstance",
          "rds:CreateDBSubnetGroup", "rds:DisableHttpEndpoint", "rds:EnableHttpEndpoint", "rds:ModifyDBCluster",
          "rds:ModifyDBClusterParameterGroup", "rds:ModifyDBInstance", "rds:ModifyDBSubnetGroup", "rds:RemoveTagsFromResource",
          ], var.environment == "production" ? [] : [
          "rds:DeleteDBCluster", "rds:DeleteDBClusterParameterGroup", "rds:DeleteDBInstance", "rds:DeleteDBSubnetGroup",
        ])
        Resource = concat(
          [for kind in ["cluster", "cluster-pg", "cluster-snapshot", "db", "subgrp"] : "arn:${local.partition}:rds:${local.here}:${kind}:${local.name}*"],
          ["arn:${local.partition}:rds:${local.here}:og:default:*"],
        )
      },
      {
        # A new feed's table is granted to the function's user after the apply.
        Sid      = "GrantTables"
        Effect   = "Allow"
        Action   = "rds-data:ExecuteStatement"
        Resource = "arn:${local.partition}:rds:${local.here}:cluster:${local.name}"
      },
      {
        Sid       = "AsTheMasterUser"
        Effect    = "Allow"
        Action    = "secretsmanager:GetSecretValue"
        Resource  = "arn:${local.partition}:secretsmanager:${local.here}:secret:rds!cluster-*"
        Condition = { StringEquals = { "aws:ResourceTag/aws:rds:primaryDBClusterArn" = "arn:${local.partition}:rds:${local.here}:cluster:${local.name}" } }
      },
      {
        # RDS makes the master user's secret in the name of whoever makes the cluster.
        Sid      = "SecretOfTheMasterUser"
        Effect   = "Allow"
        Action   = ["secretsmanager:CreateSecret", "secretsmanager:TagResource"]
        Resource = "arn:${local.partition}:secretsmanager:${local.here}:secret:rds!cluster-*"
      },
      {
        Sid    = "SecretOfTheFunctionsUser"
        Effect = "Allow"
        Action = concat(["secretsmanager:CreateSecret", "secretsmanager:PutSecretValue", "secretsmanager:TagResource", "secretsmanager:UpdateSecret"],
        var.environment == "production" ? [] : ["secretsmanager:DeleteSecret"])
        Resource = "arn:${local.partition}:secretsmanager:${local.here}:secret:${local.name}/*"
      },
      {
        Sid      = "ItsPassword"
        Effect   = "Allow"
        Action   = "secretsmanager:GetRandomPassword"
        Resource = "*"
      },
    ]

    compute = [
      {
        Sid    = "Function"
        Effect = "Allow"
        Action = [
          "lambda:AddPermission", "lambda:CreateAlias", "lambda:CreateFunction", "lambda:DeleteAlias", "lambda:DeleteFunction",
          "lambda:DeleteFunctionConcurrency", "lambda:DeleteFunctionEventInvokeConfig", "lambda:InvokeFunction",
          "lambda:PublishVersion", "lambda:PutFunctionConcurrency", "lambda:PutFunctionEventInvokeConfig", "lambda:RemovePermission",
          "lambda:TagResource", "lambda:UntagResource", "lambda:UpdateAlias", "lambda:UpdateFunctionCode",
          "lambda:UpdateFunctionConfiguration", "lambda:UpdateFunctionEventInvokeConfig",
        ]
        Resource = ["arn:${local.partition}:lambda:${local.here}:function:${local.name}", "arn:${local.partition}:lambda:${local.here}:function:${local.name}:*"]
      },
      {
        Sid       = "QueueToTheFunction"
        Effect    = "Allow"
        Action    = ["lambda:CreateEventSourceMapping", "lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"]
        Resource  = "*"
        Condition = { ArnLike = { "lambda:FunctionArn" = "arn:${local.partition}:lambda:${local.here}:function:${local.name}*" } }
      },
      {
        Sid      = "Rules"
        Effect   = "Allow"
        Action   = ["events:DeleteRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets", "events:TagResource", "events:UntagResource"]
        Resource = "arn:${local.partition}:events:${local.here}:rule/${local.name}-*"
      },
      {
        Sid      = "Queues"
        Effect   = "Allow"
        Action   = ["sqs:CreateQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"]
        Resource = "arn:${local.partition}:sqs:${local.here}:${local.name}-*"
      },
      {
        Sid      = "AlarmTopic"
        Effect   = "Allow"
        Action   = ["sns:CreateTopic", "sns:DeleteTopic", "sns:SetTopicAttributes", "sns:Subscribe", "sns:TagResource", "sns:UntagResource"]
        Resource = "arn:${local.partition}:sns:${local.here}:${local.name}-*"
      },
      {
        # AWS knows no resources for this: it demands "*".
        Sid      = "OneFewerToAlarm"
        Effect   = "Allow"
        Action   = "sns:Unsubscribe"
        Resource = "*"
      },
      {
        Sid      = "Alarms"
        Effect   = "Allow"
        Action   = ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource"]
        Resource = "arn:${local.partition}:cloudwatch:${local.here}:alarm:${local.name}-*"
      },
      {
        Sid      = "Dashboard"
        Effect   = "Allow"
        Action   = ["cloudwatch:DeleteDashboards", "cloudwatch:PutDashboard"]
        Resource = "arn:${local.partition}:cloudwatch::${local.account}:dashboard/${local.name}"
      },
      {
        Sid    = "LogGroups"
        Effect = "Allow"
        Action = ["logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource"]
        Resource = [for path in ["/aws/lambda/${local.name}", "/aws/vpc/${local.name}", "/aws/rds/cluster/${local.name}/*", "/aws/ecs/${local.name}-task"] :
        "arn:${local.partition}:logs:${local.here}:log-group:${path}"]
      },
      {
        Sid      = "Tasks"
        Effect   = "Allow"
        Action   = ["ecs:CreateCluster", "ecs:DeleteCluster", "ecs:TagResource", "ecs:UntagResource"]
        Resource = ["arn:${local.partition}:ecs:${local.here}:cluster/${local.name}", "arn:${local.partition}:ecs:${local.here}:task-definition/${local.name}-task:*"]
      },
      {
        # AWS knows no resources for the second of these: it demands "*".
        Sid      = "TaskDefinitions"
        Effect   = "Allow"
        Action   = ["ecs:DeregisterTaskDefinition", "ecs:RegisterTaskDefinition"]
        Resource = "*"
      },
      {
        Sid      = "Registry"
        Effect   = "Allow"
        Action   = ["ecr:CreateRepository", "ecr:DeleteLifecyclePolicy", "ecr:DeleteRepository", "ecr:PutImageScanningConfiguration", "ecr:PutImageTagMutability", "ecr:PutLifecyclePolicy", "ecr:TagResource", "ecr:UntagResource"]
        Resource = "arn:${local.partition}:ecr:${local.here}:repository/${local.name}"
      },
      {
        Sid      = "Budget"
        Effect   = "Allow"
        Action   = ["budgets:ModifyBudget", "budgets:TagResource"]
        Resource = "arn:${local.partition}:budgets::${local.account}:budget/${local.name}"
      },
    ]

    network = [
      {
        # EC2 gives its networks no names; what is there already is known by its tags.
        Sid    = "MakeNetworks"
        Effect = "Allow"
        Action = [
          "ec2:AssociateRouteTable", "ec2:AttachInternetGateway", "ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress",
          "ec2:CreateFlowLogs", "ec2:CreateInternetGateway", "ec2:CreateRoute", "ec2:CreateRouteTable", "ec2:CreateSecurityGroup",
          "ec2:CreateSubnet", "ec2:CreateTags", "ec2:CreateVpc", "ec2:CreateVpcEndpoint", "ec2:ModifySubnetAttribute", "ec2:ModifyVpcAttribute",
        ]
        Resource  = "*"
        Condition = { StringEquals = { "aws:RequestedRegion" = local.region } }
      },
      {
        Sid    = "ChangeItsOwn"
        Effect = "Allow"
        Action = [
          "ec2:DeleteFlowLogs", "ec2:DeleteInternetGateway", "ec2:DeleteRoute", "ec2:DeleteRouteTable", "ec2:DeleteSecurityGroup",
          "ec2:DeleteSubnet", "ec2:DeleteTags", "ec2:DeleteVpc", "ec2:DeleteVpcEndpoints", "ec2:DetachInternetGateway", "ec2:DisassociateRouteTable",
          "ec2:ModifySecurityGroupRules", "ec2:ModifyVpcEndpoint", "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress",
          "ec2:UpdateSecurityGroupRuleDescriptionsEgress", "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
        ]
        Resource  = "*"
        Condition = { StringEquals = local.own_tags }
      },
      {
        # What gives rights, within the boundary alone ...
        Sid       = "RolesWithinTheBoundary"
        Effect    = "Allow"
        Action    = ["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"]
        Resource  = "arn:${local.partition}:iam::${local.account}:role/${local.name}-*"
        Condition = { ArnEquals = { "iam:PermissionsBoundary" = local.boundary_arn } }
      },
      {
        # ... and what gives none.
        Sid      = "Roles"
        Effect   = "Allow"
        Action   = ["iam:DeleteRole", "iam:DeleteRolePolicy", "iam:ListInstanceProfilesForRole", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy"]
        Resource = "arn:${local.partition}:iam::${local.account}:role/${local.name}-*"
      },
      {
        # RDS and ECS make a role of their own when an account first uses them.
        Sid       = "RolesOfTheServices"
        Effect    = "Allow"
        Action    = "iam:CreateServiceLinkedRole"
        Resource  = "arn:${local.partition}:iam::${local.account}:role/aws-service-role/*"
        Condition = { StringEquals = { "iam:AWSServiceName" = ["ecs.amazonaws.com", "rds.amazonaws.com"] } }
      },
      {
        Sid       = "HandThemOver"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = "arn:${local.partition}:iam::${local.account}:role/${local.name}-*"
        Condition = { StringEquals = { "iam:PassedToService" = ["ecs-tasks.amazonaws.com", "events.amazonaws.com", "lambda.amazonaws.com", "vpc-flow-logs.amazonaws.com"] } }
      },
      {
        Sid      = "ButNotItsOwn"
        Effect   = "Deny"
        Action   = "iam:*"
        Resource = ["arn:${local.partition}:iam::${local.account}:role/${local.name}-pipeline-*", "arn:${local.partition}:iam::${local.account}:policy/${local.name}-pipeline-*"]
      },
    ]
  }

  bucket_settings = [
    "s3:PutBucketLogging", "s3:PutBucketNotification", "s3:PutBucketOwnershipControls", "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging", "s3:PutBucketVersioning", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration",
  ]
  bucket_removal = var.environment == "production" ? [] : ["s3:DeleteBucket", "s3:DeleteBucketPolicy"]
}
