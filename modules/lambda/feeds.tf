locals {
  # What the function and Terraform themselves write. No feed may take these in, no sender
  # may write there.
  prefixes = { state = "state/", config = "config/", tasks = "tasks/", reports = "reports/" }

  # Of each feed: its source up to the first wildcard, and whether more than that one key
  # is meant. The function does the finer matching.
  sources = [for feed in var.feeds : {
    prefix = split("?", split("[", split("*", feed.source)[0])[0])[0]
    many   = length(regexall("[*?[]|/$", feed.source)) > 0
  }]

  # A whole key is matched as it is, a prefix or glob by what stands before its wildcard.
  keys = distinct([for source in local.sources : source.many ? jsonencode({ prefix = source.prefix }) : jsonencode(source.prefix)])

  # A rule's pattern has at most 2,048 characters: as many keys a rule as surely fit.
  pattern_limit = 2048
  pattern_rest = length(jsonencode({
    source = ["aws.s3"], detail-type = ["Object Created"], detail = { bucket = { name = [var.bucket.name] }, object = { key = [] } }
  }))
  keys_per_rule = max(1, floor((local.pattern_limit - local.pattern_rest) / (max([for key in local.keys : length(key)]...) + 1)))
  key_groups    = { for at, keys in chunklist(local.keys, local.keys_per_rule) : tostring(at) => [for key in keys : jsondecode(key)] }
}

# The feeds as the function reads them. An object and no environment variable: those end at
# 4 KB together, about 17 feeds.
resource "aws_s3_object" "feeds" {
  bucket       = var.bucket.name
  key          = "${local.prefixes.config}feeds.json"
  content_type = "application/json"
  content      = jsonencode([for feed in var.feeds : merge(feed, { source = "s3://${var.bucket.name}/${feed.source}" })])
}
