# The function on this machine, without an account.
DEMO_ARGS ?=

.PHONY: demo_aws
demo_aws: $(VENV)/ready ## Show the function with a bucket, a secret and a database of its own; DEMO_ARGS=--logs for its logs
	scripts/install_servers
	PATH="$$PATH:/usr/sbin:/usr/local/sbin:/opt/homebrew/bin" $(PYTHON) scripts/demo_aws.py $(DEMO_ARGS)
