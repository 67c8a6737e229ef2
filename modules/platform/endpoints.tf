# The only ways out. Lambda itself ships logs, metrics, traces and dead letters; S3 and
# Secrets Manager call KMS themselves: none of these needs an endpoint.

resource "aws_vpc_endpoint" "s3" {
  count = local.makes_endpoints ? 1 : 0

  vpc_id            = local.vpc_id
  service_name      = "com.amazonaws.${local.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = concat(local.private_routes, aws_route_table.public[*].id)

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([{
      Sid       = "OnlyThisBucket"
      Effect    = "Allow"
      Principal = { AWS = "*" }
      Action    = ["s3:DeleteObject", "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:PutObject"]
      Resource  = [aws_s3_bucket.data.arn, "${aws_s3_bucket.data.arn}/*"]
      Condition = { StringEquals = { "aws:PrincipalAccount" = local.account } }
      }], var.task_network == null ? [] : [{
      # The layers of an image lie in a bucket of the registry's, fetched by a signed address.
      Sid       = "LayersOfTheImage"
      Effect    = "Allow"
      Principal = { AWS = "*" }
      Action    = "s3:GetObject"
      Resource  = "arn:${local.partition}:s3:::prod-${local.region}-starport-layer-bucket/*"
    }])
  })

  tags = { Name = "${local.name}-s3" }
}

resource "aws_vpc_endpoint" "secrets" {
  count = local.with_secret && local.makes_endpoints ? 1 : 0

  vpc_id              = local.vpc_id
  service_name        = "com.amazonaws.${local.region}.secretsmanager"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = local.private_subnets
  security_group_ids  = [aws_security_group.endpoints[0].id]

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OnlyThisSecret"
      Effect    = "Allow"
      Principal = { AWS = "*" }
      Action    = "secretsmanager:GetSecretValue"
      Resource  = aws_secretsmanager_secret.database_user[0].arn
      Condition = { StringEquals = { "aws:PrincipalAccount" = local.account } }
    }]
  })

  tags = { Name = "${local.name}-secrets" }
}

# With task_network = "private": what Fargate itself calls before the task's code runs. Its
# files come through S3's endpoint. Paid by the hour, in each zone.
resource "aws_vpc_endpoint" "task" {
  for_each = var.task_network == "private" && local.makes_endpoints ? toset(["ecr.api", "ecr.dkr", "logs"]) : []

  vpc_id              = local.vpc_id
  service_name        = "com.amazonaws.${local.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = local.private_subnets
  security_group_ids  = [aws_security_group.endpoints[0].id]

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OnlyThisAccount"
      Effect    = "Allow"
      Principal = { AWS = "*" }
      Action    = local.task_endpoint_actions[each.key]
      Resource  = "*"
      Condition = { StringEquals = { "aws:PrincipalAccount" = local.account } }
    }]
  })

  tags = { Name = "${local.name}-${each.key}" }
}

locals {
  pull_actions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer"]

  task_endpoint_actions = {
    "ecr.api" = local.pull_actions
    "ecr.dkr" = local.pull_actions
    "logs"    = ["logs:CreateLogStream", "logs:PutLogEvents"]
  }
}
