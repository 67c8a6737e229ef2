locals {
  mysql_port = 3306
}

resource "aws_security_group" "function" {
  #checkov:skip=CKV2_AWS_5: attached by modules/lambda

  name        = "${local.name}-function"
  description = "The function: out to the database and S3, nothing in"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${local.name}-function" }
}

resource "aws_security_group" "database" {
  name        = "${local.name}-database"
  description = "The database: in from the function, nothing out"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${local.name}-database" }
}

resource "aws_vpc_security_group_ingress_rule" "database_from_function" {
  security_group_id            = aws_security_group.database.id
  description                  = "MySQL from the function"
  referenced_security_group_id = aws_security_group.function.id
  ip_protocol                  = "tcp"
  from_port                    = local.mysql_port
  to_port                      = local.mysql_port
}

resource "aws_vpc_security_group_egress_rule" "function_to_database" {
  security_group_id            = aws_security_group.function.id
  description                  = "MySQL to the database"
  referenced_security_group_id = aws_security_group.database.id
  ip_protocol                  = "tcp"
  from_port                    = local.mysql_port
  to_port                      = local.mysql_port
}

resource "aws_vpc_security_group_egress_rule" "function_to_s3" {
  security_group_id = aws_security_group.function.id
  description       = "S3 through its gateway endpoint"
  prefix_list_id    = aws_vpc_endpoint.s3.prefix_list_id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

# With sign_in = "secret": the endpoint of Secrets Manager, and the way to it.

resource "aws_security_group" "secrets_endpoint" {
  count = local.with_secret ? 1 : 0

  name        = "${local.name}-secrets-endpoint"
  description = "Secrets Manager's endpoint: in from the function, nothing out"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${local.name}-secrets-endpoint" }
}

resource "aws_vpc_security_group_ingress_rule" "secrets_from_function" {
  count = local.with_secret ? 1 : 0

  security_group_id            = aws_security_group.secrets_endpoint[0].id
  description                  = "TLS from the function"
  referenced_security_group_id = aws_security_group.function.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_vpc_security_group_egress_rule" "function_to_secrets" {
  count = local.with_secret ? 1 : 0

  security_group_id            = aws_security_group.function.id
  description                  = "Secrets Manager through its endpoint"
  referenced_security_group_id = aws_security_group.secrets_endpoint[0].id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}
