# The master password is RDS's own secret (manage_master_user_password). This one is for
# the function's database user, and only where it signs in with a password. Its value is
# set by scripts/infrastructure/create_database_user, never by Terraform.
resource "aws_secretsmanager_secret" "database_user" {
  #checkov:skip=CKV2_AWS_57: rotated by `make create_database_user_*`; a rotation function would need a way into the VPC, paid by the hour

  count = local.with_secret ? 1 : 0

  name                    = "${local.name}/database-user"
  description             = "User name and password of the function's database user"
  kms_key_id              = aws_kms_key.this.arn
  recovery_window_in_days = var.deletion_protection ? 30 : 0
}
