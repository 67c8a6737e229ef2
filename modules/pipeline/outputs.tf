output "roles" {
  description = "ARNs of the roles by what they are for, plan and deploy: the variables AWS_ROLE_* of the GitHub environments."
  value       = { for name, role in aws_iam_role.this : name => role.arn }
}
