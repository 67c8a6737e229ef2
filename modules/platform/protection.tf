# Where deletion protection is on, a plan that would destroy or replace the cluster, the
# buckets or the key is refused before anything is touched: `prevent_destroy` can't be a
# variable, so it stands on a resource of its own, which is replaced when one of them is.
resource "terraform_data" "protected" {
  count = var.deletion_protection ? 1 : 0

  triggers_replace = concat(
    [aws_kms_key.this.arn, aws_s3_bucket.data.arn, aws_s3_bucket.logs.arn],
    aws_rds_cluster.this[*].arn,
  )

  lifecycle {
    prevent_destroy = true
  }
}
