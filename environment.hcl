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

      # Function
      sign_in         = "iam" # or "secret"
      schedule        = "rate(1 hour)"
      timeout_seconds = 300
      memory_mb       = 1024
      log_level       = "DEBUG"

      # Database
      database_min_acu            = 0 # paused when idle
      database_max_acu            = 2
      database_auto_pause_seconds = 300
      database_instances          = 1
      backup_retention_days       = 1
      publicly_accessible         = false
      database_access_cidrs       = []

      # Keeping and protecting
      deletion_protection         = false
      log_retention_days          = 14
      object_version_days         = 7
      rejected_share_alarm        = 5
      samples                     = { "Random_emails.csv" = "incoming/emails/" }
      vpc_cidr                    = "10.20.0.0/20"
    }

    production = {
      account_id   = "222222222222" # set this
      alarm_emails = []             # and who is told
      feeds        = [merge(local.emails, { max_rejects = "1%", max_deletes = "5%" })]

      # Function
      sign_in         = "iam" # or "secret"
      schedule        = "rate(1 hour)"
      timeout_seconds = 900
      memory_mb       = 2048
      log_level       = "INFO"

      # Database
      database_min_acu            = 0.5
      database_max_acu            = 16
      database_auto_pause_seconds = null # never: only a minimum of 0 can pause
      database_instances          = 2
      backup_retention_days       = 35
      publicly_accessible         = false
      database_access_cidrs       = []

      # Keeping and protecting
      deletion_protection  = true
      log_retention_days   = 365
      object_version_days  = 90
      rejected_share_alarm = 1
      samples              = {}
      vpc_cidr             = "10.30.0.0/20"
    }
  }
}
