# The infrastructure: state, deployments, checks. Names come from common.hcl.
SCRIPTS := scripts/infrastructure
TERRAGRUNT ?= terragrunt
ENVIRONMENTS := staging production
# In a pipeline: TERRAGRUNT_FLAGS=-auto-approve
TERRAGRUNT_FLAGS ?=
# With BUILT=1 the zip in build/ is taken as it is: another job built it, without credentials.
BUILT ?=
ZIP := $(if $(BUILT),,prepare_lambda)
CHECK_ZIP := $(SCRIPTS)/check_zip.py build/lambda_function.zip
# What an environment's targets ask: its outputs.
OUTPUTS = (cd deployment/$* && $(TERRAGRUNT) output -json)
CSVFERRY := $(CURDIR)/$(VENV)/bin/csvferry

.PHONY: create_resources install_python_pip install_terraform terragrunt_destroy_staging
.PHONY: terraform_check infrastructure_docs
.PHONY: $(foreach task,terragrunt_plan terragrunt_apply save_plan apply_plan drift create_database_user \
  create_reader grant_tables restore_database restore_drill invoke_function smoke_test \
  rollback_function push_image plan_pipeline apply_pipeline,$(ENVIRONMENTS:%=$(task)_%))

create_resources: ## Make the state bucket and the lock table, if absent; ENVIRONMENT=staging for its account alone
	$(SCRIPTS)/create_resources $(ENVIRONMENT)

install_python_pip: ## Install Python and pip (Debian, Ubuntu, macOS)
	$(SCRIPTS)/install_python_pip

install_terraform: ## Install Terraform and Terragrunt at the pinned versions into ~/.local/bin (Linux, x86_64)
	$(SCRIPTS)/install_tools "$(HOME)/.local/bin"

terragrunt_plan_staging: $(ZIP) ## Show what an apply would change in staging
terragrunt_plan_production: $(ZIP) ## Show what an apply would change in production
$(ENVIRONMENTS:%=terragrunt_plan_%): terragrunt_plan_%:
	$(CHECK_ZIP)
	cd deployment/$* && $(TERRAGRUNT) plan $(TERRAGRUNT_FLAGS)

terragrunt_apply_staging: $(ZIP) ## Build the function and deploy staging
terragrunt_apply_production: $(ZIP) ## Build the function and deploy production
$(ENVIRONMENTS:%=terragrunt_apply_%): terragrunt_apply_%:
	$(CHECK_ZIP)
	cd deployment/$* && $(TERRAGRUNT) apply $(TERRAGRUNT_FLAGS)

# The pipeline's two halves: what was planned is what is applied, with the same zip.
save_plan_staging: $(ZIP) ## Plan staging into deployment/staging/saved.tfplan
save_plan_production: $(ZIP) ## Plan production into deployment/production/saved.tfplan
$(ENVIRONMENTS:%=save_plan_%): save_plan_%:
	$(CHECK_ZIP)
	cd deployment/$* && $(TERRAGRUNT) plan -out=saved.tfplan $(TERRAGRUNT_FLAGS)

apply_plan_staging: ## Apply the saved plan of staging, unless it takes away what holds data
apply_plan_production: ## Apply the saved plan of production, unless it takes away what holds data
$(ENVIRONMENTS:%=apply_plan_%): apply_plan_%:
	$(CHECK_ZIP)
	set -o pipefail; (cd deployment/$* && $(TERRAGRUNT) show -json saved.tfplan) | $(SCRIPTS)/check_plan.py $*
	cd deployment/$* && $(TERRAGRUNT) apply $(TERRAGRUNT_FLAGS) saved.tfplan

# Compares what is there with the state alone: the zip and the settings of this checkout don't count.
drift_staging: ## Fail where staging was changed by hand
drift_production: ## Fail where production was changed by hand
$(ENVIRONMENTS:%=drift_%): drift_%:
	cd deployment/$* && $(TERRAGRUNT) plan -refresh-only -detailed-exitcode -no-color -lock=false -var zip=../../modules/lambda/tests/dummy.zip

terragrunt_destroy_staging: ## Remove staging with all its data
	cd deployment/staging && $(TERRAGRUNT) destroy $(TERRAGRUNT_FLAGS)

create_database_user_staging: $(VENV)/ready ## Make the function's database user in staging, with the least grants
create_database_user_production: $(VENV)/ready ## Make the function's database user in production, with the least grants
$(ENVIRONMENTS:%=create_database_user_%): create_database_user_%:
	set -o pipefail; $(OUTPUTS) | CSVFERRY=$(CSVFERRY) $(SCRIPTS)/create_database_user.py

create_reader_staging: ## Make a reader of staging's tables: READER=name
create_reader_production: ## Make a reader of production's tables: READER=name
$(ENVIRONMENTS:%=create_reader_%): create_reader_%:
	set -o pipefail; $(OUTPUTS) | $(SCRIPTS)/create_database_user.py --reader "$(READER)"

# In the pipeline, after an apply: a new feed's table. build/grants-*.sql is written without credentials.
grant_tables_staging: ## Grant staging's user what build/grants-staging.sql says
grant_tables_production: ## Grant production's user what build/grants-production.sql says
$(ENVIRONMENTS:%=grant_tables_%): grant_tables_%:
	set -o pipefail; $(OUTPUTS) | $(SCRIPTS)/create_database_user.py --keep-password --statements build/grants-$*.sql

build/grants-staging.sql build/grants-production.sql: build/grants-%.sql: $(VENV)/ready common.hcl environment.hcl
	mkdir -p build
	$(SCRIPTS)/grants_of.py $* --csvferry $(CSVFERRY) >$@

restore_database_staging: ## Restore staging's database beside the old one; TO=2026-03-01T12:00:00Z
restore_database_production: ## Restore production's database beside the old one; TO=2026-03-01T12:00:00Z
$(ENVIRONMENTS:%=restore_database_%): restore_database_%:
	set -o pipefail; $(OUTPUTS) | $(SCRIPTS)/restore_database.py $(if $(TO),--to $(TO))

restore_drill_staging: ## Restore staging's database, read its tables, delete it again
restore_drill_production: ## Restore production's database, read its tables, delete it again
$(ENVIRONMENTS:%=restore_drill_%): restore_drill_%:
	set -o pipefail; $(OUTPUTS) | $(SCRIPTS)/restore_database.py --drill $(if $(TO),--to $(TO))

PAYLOAD ?= {"plan": true}
invoke_function_staging: ## Invoke staging's function once: PAYLOAD='{"feed": "emails"}'
invoke_function_production: ## Invoke production's function once: PAYLOAD='{"feed": "emails"}'
$(ENVIRONMENTS:%=invoke_function_%): invoke_function_%:
	set -o pipefail; $(OUTPUTS) | $(SCRIPTS)/invoke_function.py '$(PAYLOAD)'

smoke_test_staging: ## Have staging's function try all that a run needs
smoke_test_production: ## Have production's function try all that a run needs
$(ENVIRONMENTS:%=smoke_test_%): smoke_test_%:
	set -o pipefail; $(OUTPUTS) | $(SCRIPTS)/invoke_function.py '{"doctor": true}'

rollback_function_staging: ## Point staging's function at the version before; VERSION=7 for another
rollback_function_production: ## Point production's function at the version before; VERSION=7 for another
$(ENVIRONMENTS:%=rollback_function_%): rollback_function_%:
	set -o pipefail; $(OUTPUTS) | $(SCRIPTS)/rollback_function.py $(VERSION)

push_image_staging: ## Build the tasks' image for arm64 and push it to staging's registry: TAG=v1
push_image_production: ## Build the tasks' image for arm64 and push it to production's registry: TAG=v1
$(ENVIRONMENTS:%=push_image_%): push_image_%:
	set -o pipefail; $(OUTPUTS) | $(SCRIPTS)/push_image.py "$(TAG)"

# The roles that the pipeline takes, once an account, by an administrator.
plan_pipeline_staging: ## Show what would change in the roles of staging's pipeline
plan_pipeline_production: ## Show what would change in the roles of production's pipeline
$(ENVIRONMENTS:%=plan_pipeline_%): plan_pipeline_%:
	cd deployment/pipeline/$* && $(TERRAGRUNT) plan $(TERRAGRUNT_FLAGS)

apply_pipeline_staging: ## Make the roles of staging's pipeline
apply_pipeline_production: ## Make the roles of production's pipeline
$(ENVIRONMENTS:%=apply_pipeline_%): apply_pipeline_%:
	cd deployment/pipeline/$* && $(TERRAGRUNT) apply $(TERRAGRUNT_FLAGS)

terraform_check: ## Check the infrastructure: Terraform, policies, workflows, its docs and tests
	$(SCRIPTS)/check

infrastructure_docs: ## Write the modules' READMEs and the architecture's picture anew
	$(SCRIPTS)/module_readme.py modules/*
	$(SCRIPTS)/render_diagram.py docs/architecture.dot
