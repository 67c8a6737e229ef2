# What was one before a network or database that exists could be taken in its place. Terraform
# would see this by itself, but not together with the move of the whole module.

moved {
  from = aws_vpc.this
  to   = aws_vpc.this[0]
}

moved {
  from = aws_default_security_group.this
  to   = aws_default_security_group.this[0]
}

moved {
  from = aws_route_table.private
  to   = aws_route_table.private[0]
}

moved {
  from = aws_cloudwatch_log_group.flow
  to   = aws_cloudwatch_log_group.flow[0]
}

moved {
  from = aws_iam_role.flow
  to   = aws_iam_role.flow[0]
}

moved {
  from = aws_iam_role_policy.flow
  to   = aws_iam_role_policy.flow[0]
}

moved {
  from = aws_flow_log.this
  to   = aws_flow_log.this[0]
}

moved {
  from = aws_db_subnet_group.this
  to   = aws_db_subnet_group.this[0]
}

moved {
  from = aws_rds_cluster_parameter_group.this
  to   = aws_rds_cluster_parameter_group.this[0]
}

moved {
  from = aws_rds_cluster.this
  to   = aws_rds_cluster.this[0]
}

moved {
  from = aws_security_group.database
  to   = aws_security_group.database[0]
}

moved {
  from = aws_vpc_endpoint.s3
  to   = aws_vpc_endpoint.s3[0]
}
