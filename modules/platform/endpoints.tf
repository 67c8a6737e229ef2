# The only ways out. Lambda itself ships logs, metrics, traces and dead letters; S3 and
# Secrets Manager call KMS themselves: none of these needs an endpoint.

resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${local.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.private.id]

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OnlyThisBucket"
      Effect    = "Allow"
      Principal = { AWS = "*" }
      Action    = ["s3:DeleteObject", "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:PutObject"]
      Resource  = [aws_s3_bucket.data.arn, "${aws_s3_bucket.data.arn}/*"]
      Condition = { StringEquals = { "aws:PrincipalAccount" = local.account } }
    }]
  })

  tags = { Name = "${local.name}-s3" }
}

resource "aws_vpc_endpoint" "secrets" {
  count = local.with_secret ? 1 : 0

  vpc_id              = aws_vpc.this.id
  service_name        = "com.amazonaws.${local.region}.secretsmanager"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = aws_subnet.private[*].id
  security_group_ids  = [aws_security_group.secrets_endpoint[0].id]

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
