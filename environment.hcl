# Every difference between staging and production, side by side.
locals {
  # The feeds of both; `source` is a key, a prefix ending in / or a glob in the bucket.
  emails = {
    name   = "emails"
    source = "incoming/emails/"
    table  = "emails"
    key    = ["id"]
    unique = [["emails"]]
    mode   = "insert"
  }

  environments = {
    staging = {
      account_id   = "111111111111" # set this
      alarm_emails = []             # and who is told
      feeds        = [local.emails]
      samples      = { "Random_emails.csv" = "incoming/emails/" }

      # Function
      sign_in              = "iam" # or "secret"
      schedule             = "rate(1 hour)"
      timeout_seconds      = 300
      memory_mb            = 1024
      ephemeral_storage_mb = 2048
      concurrency          = 4
      log_level            = "DEBUG"
      task                 = null # or { network = "public", image_tag = "…", cpu_units = 1024, memory_mb = 4096, disk_gb = 50 }

      # Database
      database_min_acu            = 0 # paused when idle
      database_max_acu            = 2
      database_auto_pause_seconds = 300
      database_instances          = 1
      backup_retention_days       = 1

      # Network and ways in
      vpc_cidr              = "10.20.0.0/20"
      existing_network      = null # or a VPC that exists already, see modules/platform
      existing_database     = null
      publicly_accessible   = false
      database_access_cidrs = []
      reader_cidrs          = [] # private ranges that read the tables
      senders               = {} # accounts that upload: { shop = { principals = ["arn:aws:iam::…:role/…"], prefix = "incoming/emails/" } }

      # The pipeline's roles
      makes_oidc_provider = true  # false where the account has GitHub's provider already
      bounded_roles       = false # true before the pipeline's roles deploy: they make no role without it

      # Keeping, protecting, watching
      deletion_protection  = false
      log_retention_days   = 14
      object_version_days  = 7
      rejected_share_alarm = 5
      dashboard            = false # 3 USD a month
      monthly_budget_usd   = null  # of the whole account; or a number
    }

    production = {
      account_id   = "222222222222" # set this
      alarm_emails = []             # and who is told: refused without anybody
      samples      = {}             # and refused with any
      feeds        = [merge(local.emails, { max_rejects = "1%", max_deletes = "5%" })]

      # Function
      sign_in              = "iam" # or "secret"
      schedule             = "rate(1 hour)"
      timeout_seconds      = 900
      memory_mb            = 2048
      ephemeral_storage_mb = 10240
      concurrency          = 6
      log_level            = "INFO"
      task                 = null

      # Database
      database_min_acu            = 0.5
      database_max_acu            = 16
      database_auto_pause_seconds = null # never: only a minimum of 0 can pause
      database_instances          = 2
      backup_retention_days       = 35

      # Network and ways in
      vpc_cidr              = "10.30.0.0/20"
      existing_network      = null
      existing_database     = null
      publicly_accessible   = false
      database_access_cidrs = []
      reader_cidrs          = []
      senders               = {}

      # The pipeline's roles
      makes_oidc_provider = true # false where staging is in the same account
      bounded_roles       = false

      # Keeping, protecting, watching
      deletion_protection  = true
      log_retention_days   = 365
      object_version_days  = 90
      rejected_share_alarm = 1
      dashboard            = true
      monthly_budget_usd   = null
    }
  }
}
