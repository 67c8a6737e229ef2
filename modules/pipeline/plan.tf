# The plan's role: it reads how things are set, for a pull request that nobody has looked at
# yet. It reads no row, no secret and no file of a sender, and changes nothing; a plan that
# it makes takes no lock.
resource "aws_iam_role_policy" "plan" {
  #checkov:skip=CKV_AWS_355: reading how things are set knows few resources

  name = "read-how-things-are-set"
  role = aws_iam_role.this["plan"].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadTheState"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:ListBucket"]
        Resource = [local.state_bucket_arn, local.state_arn]
      },
      {
        Sid      = "ReadHowThingsAreSet"
        Effect   = "Allow"
        Action   = local.reading
        Resource = "*"
      },
      {
        Sid      = "CompareWhatTerraformUploads"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:GetObjectTagging"]
        Resource = concat(["${local.data_bucket_arn}/config/*"], [for key in var.sample_keys : "${local.data_bucket_arn}/${key}"])
      },
      {
        # Their checksums, and the function's variables, are behind this environment's key.
        Sid      = "ThroughS3AndLambdaAlone"
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = "arn:${local.partition}:kms:${local.region}:${local.account}:key/*"
        Condition = {
          StringEquals = merge(local.own_tags, { "kms:ViaService" = [for service in ["lambda", "s3"] : "${service}.${local.region}.amazonaws.com"] })
        }
      },
      {
        Sid      = "NoSecretNoRowNoCode"
        Effect   = "Deny"
        Action   = ["lambda:InvokeFunction", "rds-data:*", "rds-db:connect", "secretsmanager:GetSecretValue", "sqs:ReceiveMessage"]
        Resource = "*"
      },
    ]
  })
}

locals {
  state_bucket_arn = "arn:${local.partition}:s3:::${var.state_bucket}"
  state_arn        = "${local.state_bucket_arn}/${var.environment}/*"
  data_bucket_arn  = "arn:${local.partition}:s3:::${local.name}-data-${local.account}"

  reading = [
    "budgets:ListTagsForResource", "budgets:ViewBudget",
    "cloudwatch:DescribeAlarms", "cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource",
    "ec2:DescribeAccountAttributes", "ec2:DescribeAvailabilityZones", "ec2:DescribeFlowLogs", "ec2:DescribeInternetGateways",
    "ec2:DescribeNetworkAcls", "ec2:DescribeNetworkInterfaces", "ec2:DescribePrefixLists", "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeTags",
    "ec2:DescribeVpcAttribute", "ec2:DescribeVpcEndpoints", "ec2:DescribeVpcs",
    "ecr:DescribeRepositories", "ecr:GetLifecyclePolicy", "ecr:ListTagsForResource",
    "ecs:DescribeClusters", "ecs:DescribeTaskDefinition", "ecs:ListTagsForResource",
    "events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule",
    "iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies",
    "kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListAliases", "kms:ListResourceTags",
    "lambda:GetAlias", "lambda:GetEventSourceMapping", "lambda:GetFunction", "lambda:GetFunctionCodeSigningConfig",
    "lambda:GetFunctionConcurrency", "lambda:GetFunctionConfiguration", "lambda:GetFunctionEventInvokeConfig",
    "lambda:GetPolicy", "lambda:ListTags", "lambda:ListVersionsByFunction",
    "logs:DescribeLogGroups", "logs:ListTagsForResource",
    "rds:DescribeDBClusterParameterGroups", "rds:DescribeDBClusterParameters", "rds:DescribeDBClusters",
    "rds:DescribeDBInstances", "rds:DescribeDBSubnetGroups", "rds:DescribeGlobalClusters", "rds:ListTagsForResource",
    "s3:GetAccelerateConfiguration", "s3:GetBucketAcl", "s3:GetBucketCORS", "s3:GetBucketLogging", "s3:GetBucketNotification",
    "s3:GetBucketObjectLockConfiguration", "s3:GetBucketOwnershipControls", "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock", "s3:GetBucketRequestPayment", "s3:GetBucketTagging", "s3:GetBucketVersioning",
    "s3:GetBucketWebsite", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration",
    "secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy",
    "sns:GetSubscriptionAttributes", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:ListTagsForResource",
    "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags",
  ]
}
