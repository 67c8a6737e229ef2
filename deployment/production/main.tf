module "environment" {
  source = "../../modules/environment"

  environment = var.environment
  settings    = var.settings
  zip         = var.zip
  data_folder = "${path.module}/data"
}
