# Who may put files into the bucket from another account, and what nobody but the function
# and its tasks may write: a sender, an operator's mistake or a stolen upload key never
# touches what the function remembers.

locals {
  dns_suffix = data.aws_partition.current.dns_suffix

  # By what a statement's Sid may be.
  senders = { for name, sender in var.senders : replace(title(replace(name, "-", " ")), " ", "") => sender }

  # The roles of modules/lambda and modules/task, by their names.
  writers = [for name in ["function", "task"] : "arn:${local.partition}:iam::${local.account}:role/${local.name}-${name}"]

  statements_of_the_data_bucket = concat([{
    Sid       = "OnlyTheFunctionWritesItsOwn"
    Effect    = "Deny"
    Principal = { AWS = "*" }
    Action    = "s3:PutObject"
    Resource  = [for prefix in ["reports/", "state/", "tasks/"] : "${aws_s3_bucket.data.arn}/${prefix}*"]
    Condition = { ArnNotEquals = { "aws:PrincipalArn" = local.writers } }
    }], [for name, sender in local.senders : {
    Sid       = "UploadsOf${name}"
    Effect    = "Allow"
    Principal = { AWS = sender.principals }
    Action    = ["s3:AbortMultipartUpload", "s3:PutObject"]
    Resource  = "${aws_s3_bucket.data.arn}/${sender.prefix}*"
  }])
}
