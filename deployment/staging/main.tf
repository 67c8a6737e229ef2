module "environment" {
  source = "../../modules/environment"

  environment = var.environment
  settings    = var.settings
  zip         = var.zip
  data_folder = "${path.module}/data"
}

# Before 0207 the modules were called here; what they made stays as it is.
moved {
  from = module.platform
  to   = module.environment.module.platform
}

moved {
  from = module.lambda
  to   = module.environment.module.lambda
}

moved {
  from = aws_s3_object.sample
  to   = module.environment.aws_s3_object.sample
}
