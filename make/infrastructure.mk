# The infrastructure: state, deployments, checks. Names come from common.hcl.
SCRIPTS := scripts/infrastructure
TERRAGRUNT ?= terragrunt
ENVIRONMENTS := staging production
# In a pipeline: TERRAGRUNT_FLAGS=-auto-approve
TERRAGRUNT_FLAGS ?=

.PHONY: create_resources install_python_pip install_terraform
.PHONY: $(ENVIRONMENTS:%=terragrunt_plan_%) $(ENVIRONMENTS:%=terragrunt_apply_%)
.PHONY: terragrunt_destroy_staging $(ENVIRONMENTS:%=create_database_user_%)
.PHONY: terraform_check infrastructure_docs

create_resources: ## Make the state bucket and the lock table, if absent
	$(SCRIPTS)/create_resources

install_python_pip: ## Install Python and pip (Debian, Ubuntu, macOS)
	$(SCRIPTS)/install_python_pip

install_terraform: ## Install Terraform and Terragrunt at the pinned versions into ~/.local/bin (Linux, x86_64)
	$(SCRIPTS)/install_tools "$(HOME)/.local/bin"

terragrunt_plan_staging: prepare_lambda ## Show what an apply would change in staging
terragrunt_plan_production: prepare_lambda ## Show what an apply would change in production
$(ENVIRONMENTS:%=terragrunt_plan_%): terragrunt_plan_%:
	cd deployment/$* && $(TERRAGRUNT) plan $(TERRAGRUNT_FLAGS)

terragrunt_apply_staging: prepare_lambda ## Build the function and deploy staging
terragrunt_apply_production: prepare_lambda ## Build the function and deploy production
$(ENVIRONMENTS:%=terragrunt_apply_%): terragrunt_apply_%:
	cd deployment/$* && $(TERRAGRUNT) apply $(TERRAGRUNT_FLAGS)

terragrunt_destroy_staging: ## Remove staging with all its data
	cd deployment/staging && $(TERRAGRUNT) destroy $(TERRAGRUNT_FLAGS)

create_database_user_staging: $(VENV)/ready ## Make the function's database user in staging, with the least grants
create_database_user_production: $(VENV)/ready ## Make the function's database user in production, with the least grants
$(ENVIRONMENTS:%=create_database_user_%): create_database_user_%:
	cd deployment/$* && $(TERRAGRUNT) output -json \
	| CSVFERRY=$(CURDIR)/$(VENV)/bin/csvferry $(CURDIR)/$(SCRIPTS)/create_database_user.py

terraform_check: ## Check the infrastructure: Terraform, policies, workflows, its docs and tests
	$(SCRIPTS)/check

infrastructure_docs: ## Write the modules' READMEs and the architecture's picture anew
	$(SCRIPTS)/module_readme.py modules/platform modules/lambda
	$(SCRIPTS)/render_diagram.py docs/architecture.dot
